import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '../../../lib/configuration/configuration';
import type { TextClassifierProps } from '../../../lib/configuration/text-classifier-props';

/* What `npm run docs` writes of the configuration, and test/docs holds fresh, must be of use. */

it('has the configuration’s types, which the compiler checks', () => {
  // RemovalPolicy has values that no bucket can have, and `serving` the fields of all profiles in one.
  type Compared = Exclude<keyof TextClassifierProps, 'removalPolicy' | 'serving'>;
  type Optional<T> = T extends readonly (infer E)[]
    ? Optional<E>[]
    : T extends object
      ? { [K in keyof T]?: Optional<T[K]> }
      : T;
  const fromConfiguration = (configuration: Pick<Configuration, Compared>): Pick<TextClassifierProps, Compared> =>
    configuration;
  const toConfiguration = (props: Pick<TextClassifierProps, Compared>): Optional<Pick<Configuration, Compared>> =>
    props;
  const sections = (configuration: Configuration): Record<keyof TextClassifierProps, unknown> => configuration;
  const serving = (configuration: Configuration): TextClassifierProps['serving'] => configuration.serving;
  expect([fromConfiguration, toConfiguration, sections, serving]).toHaveLength(4);
});

/** What no property may be called in one of jsii's languages: C#, Go, Java and Python. */
const RESERVED = new Set(
  (
    'abstract and as assert async await base bool boolean break byte case catch chan char checked class const continue decimal def ' +
    'default defer del delegate do double elif else enum event except explicit extends extern final finally fixed float for foreach ' +
    'from func global go goto if implements implicit import in instanceof int interface internal is lambda lock long map namespace ' +
    'native new none nonlocal not null object operator or out override package params pass private protected public raise range ' +
    'readonly ref return sbyte sealed select short sizeof stackalloc static strictfp string struct super switch synchronized this ' +
    'throw throws transient try type typeof uint ulong unchecked unsafe ushort using var virtual void volatile while with yield'
  ).split(' '),
);

it('has names that are no word of a language’s own', () => {
  const file = join(__dirname, '..', '..', '..', 'lib', 'configuration', 'text-classifier-props.ts');
  const names = [...readFileSync(file, 'utf8').matchAll(/^ {2}readonly (.*?)\??:/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(80);
  expect(names.filter((name) => !/^[a-z][A-Za-z0-9]*$/.test(name) || RESERVED.has(name))).toEqual([]);
});
