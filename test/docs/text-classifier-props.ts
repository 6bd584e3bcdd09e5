import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Options, Plugin } from 'prettier';
import * as estree from 'prettier/plugins/estree';
import * as typescript from 'prettier/plugins/typescript';
import { format } from 'prettier/standalone';
import { SERVING_PROFILES } from '../../lambda/shared/serving-settings';
import { configurationSchema } from '../../lib/configuration/configuration';
import { descriptionOf, entriesOf, type Schema } from './configuration-tables';
import { ROOT } from './markdown';

const HEAD = `import type { RemovalPolicy } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

/*
 * The options of configuration.json as properties of a construct: written by \`npm run docs\` from the configuration's schema.
 * All of them are plain interfaces, as jsii needs them to offer the construct to other languages.
 */
`;

interface Property {
  readonly type: string;
  readonly isRequired: boolean;
  readonly meaning: string;
  /** What stands after `@default`. */
  readonly defaultText: string;
}
type Properties = Readonly<Record<string, Property>>;

interface Interface {
  /** What is said of it. */
  readonly meaning: string;
  readonly properties: Properties;
}

/** Where the construct is not as configuration.json. */
const OTHERWISE: Readonly<Record<string, Partial<Property>>> = {
  name: { defaultText: '- made of the id and the path of the construct, so that no two share one' },
  removalPolicy: {
    type: 'RemovalPolicy',
    meaning: 'What becomes of the buckets that the storage stack has made when it is deleted: RETAIN or DESTROY.',
    defaultText: 'RemovalPolicy.RETAIN',
  },
  'serving.profile': {
    isRequired: false,
    meaning:
      'What the model is served by. AWS has closed Elastic Inference: with that, cdk deploy fails in the last stack, after all else ' +
      'is deployed.',
    defaultText: 'cpu',
  },
};

/** The interfaces by which jsii has an object within an object, by their names. */
class Interfaces {
  readonly all = new Map<string, Interface>();
  private readonly training = entriesOf(entriesOf(configurationSchema as Schema)?.['training'] ?? {}) ?? {};

  constructor() {
    const properties = this.propertiesOf(entriesOf(configurationSchema as Schema) ?? {}, '');
    this.all.set('TextClassifierProps', { meaning: 'What a classifier is to be', properties });
  }

  private propertiesOf(entries: Readonly<Record<string, Schema>>, prefix: string): Properties {
    return Object.fromEntries(
      Object.entries(entries).map(([name, schema]) => [name, this.propertyOf(schema, prefix + name)]),
    );
  }

  private propertyOf(schema: Schema, path: string): Property {
    const type = this.typeOf(schema, path);
    const candidateField = /^training\.candidates\.(\w+)$/.exec(path)?.[1];
    const described = candidateField === undefined ? schema : (this.training[candidateField] ?? {});
    const [meaning = '', inWords] = (descriptionOf(described) ?? '').split(/ Default: (.*)\.$/);
    return {
      type,
      isRequired: schema.type !== 'optional',
      meaning: meaning.replace(/\[[^\]]*\]\(([^)#]*)[^)]*\)/g, (_, url: string) => posix.join('docs', url)),
      defaultText: candidateField === undefined ? defaultOf(schema, type, inWords) : '- that of `training`',
      ...OTHERWISE[path],
    };
  }

  private typeOf(schema: Schema, path: string): string {
    const { type, entries = {}, options = [], item = {}, value = {}, literal } = bare(schema);
    switch (type) {
      case 'string':
      case 'number':
      case 'boolean':
        return type;
      case 'enum':
        return 'RetentionDays';
      case 'literal':
        return JSON.stringify(literal);
      case 'picklist':
        return options.map((option) => JSON.stringify(option)).join(' | ');
      case 'union':
        return options.map((option) => this.typeOf(option, path)).join(' | ');
      case 'array':
        return `${this.typeOf(item, path)}[]`;
      case 'record':
        return `{ readonly [key: string]: ${this.typeOf(value, path)} }`;
      case 'strict_object':
        return this.named(path, this.propertiesOf(entries, `${path}.`));
      case 'variant':
        return this.named(path, this.ofAllProfiles(options, `${path}.`));
      default:
        throw new Error(
          `the field ${path} has a schema of the type ${String(type)}: say in ${__filename} what that is to TypeScript`,
        );
    }
  }

  private named(path: string, properties: Properties): string {
    const pascal = path.replace(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase());
    const name = path === 'training.candidates' ? 'TrainingCandidate' : `${pascal}Options`;
    this.all.set(name, { meaning: `\`${path}\` of the configuration`, properties });
    return name;
  }

  /** The fields of every profile: whether one goes with a profile, an interface cannot say, and the schema checks. */
  private ofAllProfiles(variants: readonly Schema[], prefix: string): Properties {
    const profiles = variants.map(({ entries = {} }) => this.propertiesOf(entries, prefix));
    const names = new Set(profiles.flatMap((properties) => Object.keys(properties)));
    return Object.fromEntries(
      [...names].map((name) => {
        const having = profiles.flatMap(({ [name]: property }, index) =>
          property === undefined ? [] : [{ ...property, profile: SERVING_PROFILES[index] ?? '' }],
        );
        const profilesWith = (defaultText: string) =>
          having.filter((each) => each.defaultText === defaultText).map(({ profile }) => profile);
        const defaults = [...new Set(having.map(({ defaultText }) => defaultText))];
        const first = having[0] as Property;
        return [
          name,
          {
            ...first,
            type: [...new Set(having.map(({ type }) => type))].join(' | '),
            meaning:
              having.length === profiles.length
                ? first.meaning
                : `${first.meaning} Only of ${having.map(({ profile }) => profile).join(', ')}.`,
            defaultText:
              defaults.length === 1
                ? first.defaultText
                : `- ${defaults.map((each) => `${each} (${profilesWith(each).join(', ')})`).join(', ')}`,
          },
        ];
      }),
    );
  }
}

/** A schema without what may surround it: that it can be left out, and checks beyond its type. */
function bare(schema: Schema): Schema {
  const inner = schema.wrapped ?? schema.pipe?.find(({ kind, type }) => kind === 'schema' && type !== 'custom');
  return inner === undefined ? schema : bare(inner);
}

function defaultOf(schema: Schema, type: string, inWords: string | undefined): string {
  const { default: value } = schema;
  if (inWords !== undefined) {
    return `- ${inWords}`;
  }
  if (typeof value === 'object') {
    return descriptionOf(schema) === undefined ? `- what ${type} says` : '- none';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function commentOf(lines: readonly string[]): string {
  const wrapped = lines.flatMap((line) => line.match(/\S.{0,108}\S(?=\s|$)|\S/g) ?? ['']);
  return `/**\n${wrapped.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */`;
}

function declarationOf([name, { meaning, properties }]: readonly [string, Interface]): string {
  const members = Object.entries(properties).map(([property, { type, isRequired, meaning, defaultText }]) =>
    isRequired
      ? `readonly ${property}: ${type};`
      : [
          commentOf([...(meaning === '' ? [] : [meaning, '']), `@default ${defaultText}`]),
          `readonly ${property}?: ${type};`,
        ].join('\n'),
  );
  return `${commentOf([`${meaning}: docs/configuration.md.`])}\nexport interface ${name} {\n${members.join('\n')}\n}\n`;
}

/** The module with the properties of the construct. */
export function textClassifierProps(): Promise<string> {
  const { all } = new Interfaces();
  // The outermost is complete last.
  const declarations = [...all]
    .slice(-1)
    .concat([...all].slice(0, -1))
    .map(declarationOf);
  const settings = JSON.parse(readFileSync(join(ROOT, '.prettierrc.json'), 'utf8')) as Options;
  const plugins = [estree, typescript] as unknown as Plugin[];
  return format([HEAD, ...declarations].join('\n'), { ...settings, parser: 'typescript', plugins });
}
