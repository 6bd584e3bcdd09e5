import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { executionInputSchema } from '../../../lambda/shared/execution-input';

const FOLDER = join(__dirname, '..', '..', '..', 'examples', 'execution-inputs');

test.each(readdirSync(FOLDER))('the example %s is an execution input', (name) => {
  const input: unknown = JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
  expect(v.safeParse(executionInputSchema, input).issues).toBeUndefined();
});
