import * as v from 'valibot';

/**
 * A schema that says what its field is for: a row of docs/configuration.md, which `npm run docs` writes from it.
 *
 * @param meaning in Markdown, with links as from docs/; `Default: …` at its end where the default is no value
 */
export function described<const TSchema extends v.GenericSchema>(schema: TSchema, meaning: string) {
  return v.pipe(schema, v.description<v.InferOutput<TSchema>, string>(meaning));
}
