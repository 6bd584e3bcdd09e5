import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { batchInputSchema } from '../../../lambda/shared/batch-input';
import { executionInputSchema } from '../../../lambda/shared/execution-input';

const FOLDER = join(__dirname, '..', '..', '..', 'examples', 'execution-inputs');

test.each(readdirSync(FOLDER))('the example %s is an execution input', (name) => {
  const input: unknown = JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
  const schema = name === 'batch.json' ? batchInputSchema : executionInputSchema;
  expect(v.safeParse(schema, input).issues).toBeUndefined();
});
