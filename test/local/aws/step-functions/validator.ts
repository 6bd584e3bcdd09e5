import validate from 'asl-validator';

// The validator compiles its schemas anew for each definition, which takes a second; what it says of one does not change.
jest.mock('ajv', () => {
  const { default: Ajv } = jest.requireActual<{ default: new (options: unknown) => { addKeyword: unknown } }>('ajv');
  let compiled: InstanceType<typeof Ajv> | undefined;
  return {
    __esModule: true,
    default: function (options: unknown) {
      // It knows its keywords from the first time, and takes none twice.
      if (compiled !== undefined) compiled.addKeyword = () => compiled;
      return (compiled ??= new Ajv(options));
    },
  };
});

/** The codes of what asl-validator finds wrong with a definition, each once. */
export function validatorErrors(definition: unknown): string[] {
  // The validator writes into what it is given.
  const { errors } = validate(structuredClone(definition) as object);
  return [...new Set(errors.map((error) => error['Error code']))];
}
