import { type Failure, readFailure } from '../shared/execution-failure';
import { adviseOn } from '../shared/failure-advice';

/** What the state machine's Fail state shows. */
export interface Explanation {
  readonly error: string;
  /** Where it failed, why, and what to do. */
  readonly cause: string;
}

const LONGEST_REASON = 4000;

/** What is said of an endpoint that served the failed model. */
const AFTERMATH: Readonly<Record<NonNullable<Failure['aftermath']>, string>> = {
  restored: ' What was in service before is in service again.',
  'taken-down': ' Nothing was in service before, so the endpoint was taken down again.',
  unchanged:
    ' The endpoint had served this very model before, and still does: nothing was changed. To serve another, start an ' +
    'execution with its {"modelDataUrl": …}.',
  superseded: ' Another execution or deployment has changed the endpoint since, so it was left as it is.',
  'not-restored':
    ' The way back to what was in service before failed as well, so the endpoint may serve this model: look at the serving ' +
    'stack in the CloudFormation console, or start an execution with {"endpoint": "bring-back"} for the model that was in ' +
    'service last, or with {"endpoint": "take-down"}.',
};

/** Makes one readable explanation of what AWS hands over in several shapes. */
export function explain(failure: Failure): Explanation {
  const { error, why, details, logUrl } = readFailure(failure);
  const reason = shorten(why);
  const sentence = `${failure.state} failed: ${reason}`;
  const aftermath = failure.aftermath === undefined ? '' : AFTERMATH[failure.aftermath];
  const log = logUrl === undefined ? '' : ` Its log: ${logUrl}`;
  const fullStop = /[.?!]$/.test(sentence) ? '' : '.';
  return { error, cause: `${sentence}${fullStop}${aftermath}${log} ${adviseOn(error, details)}` };
}

/** One line without a full stop at its end. */
function shorten(reason: string): string {
  const line = reason.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}…` : line;
}
