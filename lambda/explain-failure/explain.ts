import { type Failure, readFailure } from '../shared/execution-failure';
import { adviseOn } from './advice';

/** What the state machine's Fail state shows. */
export interface Explanation {
  readonly error: string;
  /** Where it failed, why, and what to do. */
  readonly cause: string;
}

const LONGEST_REASON = 4000;

/** Makes one readable explanation of what AWS hands over in several shapes. */
export function explain(failure: Failure): Explanation {
  const { error, why, details } = readFailure(failure);
  const reason = shorten(why);
  const sentence = `${failure.state} failed: ${reason}`;
  return { error, cause: `${sentence}${/[.?!]$/.test(sentence) ? '' : '.'} ${adviseOn(error, details)}` };
}

/** One line without a full stop at its end. */
function shorten(reason: string): string {
  const line = reason.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}…` : line;
}
