import * as v from 'valibot';
import { adviseOn } from './advice';

/** A failure as Step Functions hands it to a Catch; a time-out has no cause. */
export interface Failure {
  readonly Error: string;
  readonly Cause?: string;
}

/** What the state machine's Fail state shows. */
export interface Explanation {
  readonly error: string;
  /** Where it failed, why, and what to do. */
  readonly cause: string;
}

const LONGEST_REASON = 4000;

/** What Lambda says of a function that failed. */
const lambdaCause = v.object({ errorMessage: v.string() });
/** What SageMaker says of a training job, as far as it matters here. */
const trainingCause = v.object({
  TrainingJobName: v.string(),
  TrainingJobStatus: v.string(),
  SecondaryStatus: v.optional(v.string(), ''),
  FailureReason: v.optional(v.string(), ''),
});

/**
 * Makes one readable explanation of what AWS hands over in several shapes.
 *
 * @param state the name of the state that failed, where known
 */
export function explain(failure: Failure, state: string | undefined): Explanation {
  const { error, why, details = why } = unwrap(failure);
  const reason = shorten(why);
  const sentence = `${state ?? 'A state'} failed: ${reason}`;
  return { error, cause: `${sentence}${/[.?!]$/.test(sentence) ? '' : '.'} ${adviseOn(error, details)}` };
}

/** `details` are what advice may also look at where `why` is only the gist of it. */
function unwrap({ Error: error, Cause: cause = '' }: Failure): { error: string; why: string; details?: string } {
  const value = parseJson(cause);
  if (v.is(lambdaCause, value)) {
    return { error, why: value.errorMessage || error };
  }
  if (v.is(trainingCause, value)) {
    const job = v.parse(trainingCause, value);
    const why = whyTrainingEnded(job);
    return { error: 'TrainingFailed', why, details: `${why} ${job.FailureReason}` };
  }
  if (error === 'States.Timeout' && cause === '') {
    return { error, why: 'it did not end in the time that it may take' };
  }
  return { error, why: cause || error };
}

function whyTrainingEnded(job: v.InferOutput<typeof trainingCause>): string {
  if (job.TrainingJobStatus === 'Stopped') {
    return `training job ${job.TrainingJobName} was stopped (${job.SecondaryStatus})`;
  }
  return `training job ${job.TrainingJobName} ended as ${job.TrainingJobStatus}: ${errorMessage(job.FailureReason)}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Many causes are plain sentences.
    return undefined;
  }
}

/** One line without a full stop at its end. */
function shorten(reason: string): string {
  const line = reason.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}…` : line;
}

/**
 * The script's own sentence in a reason of SageMaker's training toolkit, which comes wrapped:
 * `AlgorithmError: ExecuteUserScriptError: ExitCode 1 ErrorMessage "ValueError: <sentence> …" Command "…", exit code: 1`.
 */
function errorMessage(failureReason: string): string {
  return /ErrorMessage "(?:\w*Error: )?([^\n]+?)"?\s*(?:\n|Command "|$)/.exec(failureReason)?.[1] ?? failureReason;
}
