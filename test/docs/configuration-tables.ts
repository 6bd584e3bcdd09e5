import * as v from 'valibot';
import { executionInputSchema } from '../../lambda/shared/execution-input';
import { SERVING_PROFILES } from '../../lambda/shared/serving-settings';
import { configurationSchema } from '../../lib/configuration/configuration';
import { servingConfigurationSchema } from '../../lib/configuration/serving-configuration';
import { table } from '../../local/aws/readme';

interface Field {
  /** From the section on, such as `limits.emptyRows`. */
  readonly name: string;
  /** As the table has it. */
  readonly defaultValue: string;
  readonly meaning: string;
}

/** As much of a schema of valibot's as tells what it is of. */
export interface Schema {
  readonly kind?: string;
  readonly type?: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly options?: readonly Schema[];
  /** Of lists. */
  readonly item?: Schema;
  /** Of records. */
  readonly value?: Schema;
  readonly literal?: unknown;
  /** The schema within `v.optional`. */
  readonly wrapped?: Schema;
  readonly pipe?: readonly Schema[];
  /** Of `v.optional`. */
  readonly default?: unknown;
}

/** The fields of an object, through all that is wrapped around it; undefined for what is no object. */
export function entriesOf({ entries, wrapped, pipe }: Schema): Readonly<Record<string, Schema>> | undefined {
  if (entries !== undefined) {
    return entries;
  }
  if (wrapped !== undefined) {
    return entriesOf(wrapped);
  }
  return pipe
    ?.slice(1)
    .map(entriesOf)
    .find((found) => found !== undefined);
}

function isSection(schema: Schema): boolean {
  return descriptionOf(schema) === undefined && entriesOf(schema) !== undefined;
}

export function descriptionOf(schema: Schema): string | undefined {
  return v.getDescription((schema.wrapped ?? schema) as v.GenericSchema);
}

function fieldsOf(entries: Readonly<Record<string, Schema>>, path = ''): Field[] {
  return Object.entries(entries).flatMap(([key, schema]): Field[] => {
    const name = path + key;
    if (isSection(schema)) {
      return fieldsOf(entriesOf(schema) ?? {}, `${name}.`);
    }
    const description = descriptionOf(schema);
    if (description === undefined) {
      throw new Error(`the field ${name} of the configuration has no description: say by described() what it is for`);
    }
    const [meaning = '', inWords] = description.split(/ Default: (.*)\.$/);
    return [{ name, defaultValue: inWords ?? valueOf(schema), meaning }];
  });
}

/** A default that is a value. */
function valueOf({ default: value }: Schema): string {
  if (value === undefined) {
    throw new Error('a field that has no default must say so: its description ends with "Default: …"');
  }
  const isNone = Array.isArray(value) ? value.length === 0 : typeof value === 'object' && value !== null;
  return isNone ? 'none' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** What an execution's input may set for itself, by their paths such as `training.epochs`. */
function overridable(): ReadonlySet<string> {
  const paths = (entries: Readonly<Record<string, Schema>>, path = ''): string[] =>
    Object.entries(entries).flatMap(([key, schema]) => {
      const inner = entriesOf(schema);
      return inner === undefined ? [path + key] : paths(inner, `${path}${key}.`);
    });
  return new Set(paths(entriesOf(executionInputSchema as Schema) ?? {}));
}

/** A table for each section of configuration.json but `serving`, with a heading of its own. */
export function configurationTables(): string {
  const entries = Object.entries(entriesOf(configurationSchema as Schema) ?? {}).filter(([name]) => name !== 'serving');
  const ofExecution = overridable();
  const tableOf = (fields: readonly Field[], section = ''): string =>
    table(
      ['field', 'default', 'meaning', 'of one execution'],
      fields.map(({ name, defaultValue, meaning }) => [
        `\`${name}\``,
        defaultValue,
        meaning,
        ofExecution.has(section + name) ? 'yes' : '',
      ]),
    );
  const loose = entries.filter(([, schema]) => !isSection(schema));
  const sections = entries.filter(([, schema]) => isSection(schema));
  return [
    tableOf(fieldsOf(Object.fromEntries(loose))),
    ...sections.map(([name, schema]) => `## ${name}\n\n${tableOf(fieldsOf(entriesOf(schema) ?? {}), `${name}.`)}`),
  ].join('\n');
}

/** The fields of `serving`, each with the profiles that have it. */
export function servingTable(): string {
  const profiles = servingConfigurationSchema.pipe[1].options.map((schema, index) => {
    const { profile: _, ...entries } = (schema as Schema).entries ?? {};
    return { profile: SERVING_PROFILES[index] ?? '', fields: fieldsOf(entries) };
  });
  const names = [...new Set(profiles.flatMap(({ fields }) => fields.map(({ name }) => name)))];
  const rows = names.map((name) => {
    const having = profiles.flatMap(({ profile, fields }) => {
      const field = fields.find((each) => each.name === name);
      return field === undefined ? [] : [{ profile, ...field }];
    });
    const defaults = [...new Set(having.map(({ defaultValue }) => defaultValue))].map((value) => {
      const its = having.filter(({ defaultValue }) => defaultValue === value).map(({ profile }) => profile);
      return its.length === having.length ? value : `${value} (${its.join(', ')})`;
    });
    return [
      `\`${name}\``,
      having.length === profiles.length ? 'all' : having.map(({ profile }) => profile).join(', '),
      defaults.join(', '),
      having[0]?.meaning ?? '',
    ];
  });
  return table(['field', 'profiles', 'default', 'meaning'], rows);
}
