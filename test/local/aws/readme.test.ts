import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { standIns } from '../../../local/run/docs';

test('local/aws/README.md is what the code says; `npm run docs` writes it', async () => {
  expect(readFileSync(join(__dirname, '../../../local/aws/README.md'), 'utf8')).toBe(await standIns());
});
