import * as v from 'valibot';
import { jobLogUrl } from './job-log';

/** A failure as a Catch of the state machine keeps it. */
export interface Failure {
  /** The name of the state that failed. */
  readonly state: string;
  readonly error: string;
  /** A time-out has none. */
  readonly cause?: string;
  /** What became of the endpoint, where the failed model was in service already. */
  readonly aftermath?: 'restored' | 'taken-down' | 'unchanged' | 'superseded' | 'not-restored';
}

/** What a failure says, out of the shapes that AWS wraps it in. */
export interface ReadFailure {
  readonly error: string;
  readonly why: string;
  /** All that is known, where `why` is only the gist of it. */
  readonly details: string;
  /** Where the log of the SageMaker job is that failed. */
  readonly logUrl?: string;
}

/** What Lambda says of a function that failed. */
const lambdaCause = v.object({ errorMessage: v.string() });
/** What SageMaker says of a job, as far as it matters here. */
const jobCause = v.object({
  TrainingJobName: v.string(),
  TrainingJobArn: v.optional(v.string(), ''),
  TrainingJobStatus: v.string(),
  SecondaryStatus: v.optional(v.string(), ''),
  FailureReason: v.optional(v.string(), ''),
});

/** The same of a processing job; ExitMessage is what the program has written to /opt/ml/output/message. */
const processingCause = v.object({
  ProcessingJobName: v.string(),
  ProcessingJobArn: v.optional(v.string(), ''),
  ProcessingJobStatus: v.string(),
  FailureReason: v.optional(v.string(), ''),
  ExitMessage: v.optional(v.string(), ''),
});

/** Reads a failure of a Lambda function, of a SageMaker job, or of anything that says it in plain words. */
export function readFailure({ error, cause = '' }: Failure): ReadFailure {
  const value = parseJson(cause);
  if (v.is(lambdaCause, value)) {
    const why = value.errorMessage || error;
    return { error, why, details: why };
  }
  if (v.is(jobCause, value)) {
    const job = v.parse(jobCause, value);
    const why = whyJobEnded(job);
    const details = `${why} ${job.FailureReason}`;
    return { error: 'TrainingFailed', why, details, logUrl: jobLogUrl(job.TrainingJobArn) };
  }
  if (v.is(processingCause, value)) {
    const job = v.parse(processingCause, value);
    const { ProcessingJobName, ProcessingJobStatus, FailureReason, ExitMessage } = job;
    const why = `processing job ${ProcessingJobName} ended as ${ProcessingJobStatus}: ${ExitMessage || FailureReason || 'somebody stopped it, or it took longer than it may'}`;
    const details = `${why} ${FailureReason}`;
    return { error: 'ProcessingFailed', why, details, logUrl: jobLogUrl(job.ProcessingJobArn) };
  }
  const why =
    error === 'States.Timeout' && cause === '' ? 'it did not end in the time that it may take' : cause || error;
  return { error, why, details: why };
}

function whyJobEnded(job: v.InferOutput<typeof jobCause>): string {
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

/** Where torchrun's or the toolkit's own words begin after those of the script. */
const AFTER_THE_SCRIPT = /\n ?E\d{4} .*failed \(exitcode|\n ?ERROR:torch\.distributed\.elastic|"?\s*\n? ?Command "/;

/**
 * The script's own sentence in a reason of SageMaker's training toolkit, which comes wrapped:
 * `AlgorithmError: ExecuteUserScriptError: ExitCode 1 ErrorMessage "ValueError: <sentence> …" Command "…", exit code: 1`.
 *
 * The message begins at the first line that names an exception, which may be a warning: what made the script fail is the
 * last. A reason without this wrapping is what the script itself wrote to `/opt/ml/output/failure`.
 */
function errorMessage(failureReason: string): string {
  const reason = failureReason.replace(/^AlgorithmError: /, '').replace(/, exit code: \d+$/, '');
  const message = /ErrorMessage "(.*)/s.exec(reason)?.[1];
  if (message === undefined) {
    return reason;
  }
  const words = (message.split(AFTER_THE_SCRIPT)[0] ?? '').replace(/"\s*$/, '').trim();
  const errors = [...words.matchAll(/^ ?[\w.]*(?:Error|Exception)\b: (.+)$/gm)].map(([, sentence]) => sentence);
  return (
    errors.at(-1) ?? (words || 'the script ended without a word, as one does that runs out of memory; see its log')
  );
}
