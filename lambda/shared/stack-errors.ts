import { isNativeError } from 'node:util/types';
import { ACCELERATOR_REFUSAL } from './accelerator-refusal';
import { Broken, NothingToDo, Refused, StackBusy, StackMissing } from './step-errors';

/*
 * CloudFormation reports nearly everything as ValidationError, told apart by its message alone.
 */
const MEANINGS: readonly (readonly [pattern: RegExp, meaning: (message: string, stackName: string) => Error])[] = [
  [
    /No updates are to be performed/,
    (_, stackName) => new NothingToDo(`stack ${stackName} already serves this model; nothing was changed`),
  ],
  [
    /Stack (?:with id )?\S+ does not exist/,
    (_, stackName) => new StackMissing(`there is no stack ${stackName}; deploy the application with "npm run deploy"`),
  ],
  [
    /is in (?:REVIEW_IN_PROGRESS|DELETE_\w+|ROLLBACK_COMPLETE|\w*_FAILED) state/,
    (message, stackName) =>
      new Broken(
        `stack ${stackName} cannot be updated until it is mended in CloudFormation's console ("Continue update rollback", ` +
          `or delete it and run "npm run deploy"): ${message}`,
      ),
  ],
  [
    /is in \w+_IN_PROGRESS state and can ?not be updated/,
    (message, stackName) => new StackBusy(`another operation on stack ${stackName} is under way: ${message}`),
  ],
  [ACCELERATOR_REFUSAL, (message) => new Refused(`AWS refuses the accelerator, which it no longer offers: ${message}`)],
  [
    /not authorized|AccessDenied|access denied/i,
    (message, stackName) =>
      new Broken(`the deploy function may not update stack ${stackName}; add what is missing to its role: ${message}`),
  ],
  [
    /Requires capabilities|InsufficientCapabilities/,
    (message, stackName) =>
      new Broken(`stack ${stackName} has IAM resources, which belong into another stack: ${message}`),
  ],
  [
    /^ValidationError/,
    (message, stackName) =>
      new Broken(`CloudFormation does not accept stack ${stackName} as it is; run "npm run deploy": ${message}`),
  ],
];

/**
 * What an error of UpdateStack or DescribeStacks means for the pipeline. Throttling and faults on AWS's side come back
 * as they are, for the state machine to retry.
 */
export function explainStackError(error: unknown, stackName: string): unknown {
  if (!isNativeError(error)) {
    return error;
  }
  const message = `${error.name}: ${error.message}`;
  const match = MEANINGS.find(([pattern]) => pattern.test(message));
  return match === undefined ? error : match[1](error.message, stackName);
}
