import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgetOtherAssemblies, synthesize, type SynthesizedStack } from '../../../local/run/synthesize';
import { ROOT } from './whole-path/local-run';

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'synthesize-'));
const cache = join(folder, 'assemblies');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A configuration, in a file of its own. */
function configurationFile(name: string, configuration: object): string {
  writeFileSync(join(folder, name), JSON.stringify(configuration));
  return join(folder, name);
}

function bundlesIn(stacks: readonly SynthesizedStack[]): string[] {
  const files = stacks.flatMap(({ assets }) => assets.map(({ path }) => join(path, 'index.js')));
  return files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
}

it('synthesizes a configuration once, wherever its file is, and even where two do so at once', async () => {
  const file = configurationFile('first.json', { name: 'mails' });
  const [stacks, atOnce] = await Promise.all([synthesize(ROOT, file, cache), synthesize(ROOT, file, cache)]);
  expect(stacks.map(({ stackName }) => stackName)).toContain('mails-dev-api');
  expect(atOnce).toEqual(stacks);
  const kept = readdirSync(cache);
  // The assembly, and the functions' bundles.
  expect(kept).toHaveLength(2);
  expect(await synthesize(ROOT, configurationFile('elsewhere.json', { name: 'mails' }), cache)).toEqual(stacks);
  expect(readdirSync(cache)).toEqual(kept);

  mkdirSync(join(cache, 'of-another-configuration'));
  forgetOtherAssemblies(ROOT, file, cache);
  expect(readdirSync(cache)).toEqual(kept);
  expect(await synthesize(ROOT, file, cache)).toEqual(stacks);
});

it('bundles the functions once for all configurations', async () => {
  const [bundles] = readdirSync(cache).filter((name) => name.startsWith('functions-'));
  const classify = join(cache, bundles ?? '', 'classify', 'index.js');
  writeFileSync(classify, `${readFileSync(classify, 'utf8')}// kept\n`);

  const stacks = await synthesize(ROOT, configurationFile('second.json', { name: 'letters' }), cache);

  expect(bundlesIn(stacks).filter((code) => code.endsWith('// kept\n'))).toHaveLength(1);
});
