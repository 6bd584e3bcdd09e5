/** The part of asl-validator that these tests use; version 4 ships without its types. */
declare module 'asl-validator' {
  export default function validate(definition: object): {
    readonly errors: readonly { readonly 'Error code': string; readonly Message: string }[];
  };
}
