import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgetOtherAssemblies, synthesize } from '../../../local/run/synthesize';
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

it('synthesizes a configuration once, wherever its file is, and even where two do so at once', async () => {
  const file = configurationFile('first.json', { name: 'mails' });
  const [stacks, atOnce] = await Promise.all([synthesize(ROOT, file, cache), synthesize(ROOT, file, cache)]);
  expect(stacks.map(({ stackName }) => stackName)).toContain('mails-dev-api');
  expect(atOnce).toEqual(stacks);
  expect(readdirSync(cache)).toHaveLength(1);
  expect(await synthesize(ROOT, configurationFile('elsewhere.json', { name: 'mails' }), cache)).toEqual(stacks);
  expect(readdirSync(cache)).toHaveLength(1);

  mkdirSync(join(cache, 'of-another-configuration'));
  forgetOtherAssemblies(ROOT, file, cache);
  expect(readdirSync(cache)).toHaveLength(1);
  expect(await synthesize(ROOT, file, cache)).toEqual(stacks);
});
