import { ERRORS } from './semantics/errors';
import { FLOW } from './semantics/flow';
import { INPUT_AND_OUTPUT } from './semantics/input-and-output';
import { VARIABLES } from './semantics/variables';
import type { Case } from './semantics/case';
import { run } from './harness';
import { validatorErrors } from './validator';

const TABLES: [string, readonly Case[]][] = [
  ['input and output', INPUT_AND_OUTPUT],
  ['variables', VARIABLES],
  ['Choice, Wait and Map', FLOW],
  ['errors', ERRORS],
];

describe.each(TABLES)('%s', (_, cases) => {
  test.each(cases)('$name', async ({ definition, input = {}, output, error, cause = /^/ }) => {
    const { result } = await run(definition, input);
    if (error === undefined) expect(result).toEqual({ status: 'SUCCEEDED', output });
    else expect(result).toEqual({ status: 'FAILED', error, cause: expect.stringMatching(cause) as string });
    expect(validatorErrors(definition)).toEqual([]);
  });
});
