import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { isAwsError } from '../../lambda/shared/aws-error';
import { JOB_LOG_GROUPS } from '../../lambda/shared/job-log';
import { CommandFailed } from '../../local/run/failure';
import { colored, type Terminal, writeJson, writeLine } from '../terminal';
import { Executions, type PipelineOptions } from './executions';
import { historyOf, type Job, stepsOf } from './steps';

interface LogLine {
  readonly job: string;
  /** Milliseconds; undefined in the local run. */
  readonly timestamp?: number;
  readonly message: string;
}

/**
 * `classifier pipeline logs`: what the jobs of an execution have written until now.
 *
 * @param name undefined: the execution that was started last
 * @throws CommandFailed
 */
export async function logs(name: string | undefined, options: PipelineOptions, terminal: Terminal): Promise<void> {
  const executions = await Executions.open(options, terminal);
  const execution = await executions.describe(name);
  const events = await historyOf(executions.arnOf(execution.name), executions.stepFunctions);
  const jobs = stepsOf(events).flatMap(({ job }) => (job === undefined ? [] : [job]));
  if (jobs.length === 0) {
    throw new CommandFailed(
      `The execution ${execution.name} (${execution.status ?? ''}) has started no job, so there is no log.`,
    );
  }
  const client = new CloudWatchLogsClient(executions.target.settings);
  const told: LogLine[] = [];
  for (const job of jobs) {
    if (jobs.length > 1 && options.json !== true) {
      writeLine(colored('gray', `==> ${job.name} <==`, terminal), terminal);
    }
    for await (const line of linesOf(job, client)) {
      if (options.json === true) {
        told.push(line);
      } else {
        writeLine(line.message, terminal);
      }
    }
  }
  if (options.json === true) {
    writeJson(told, terminal);
  }
}

async function* linesOf({ name, kind }: Job, client: CloudWatchLogsClient): AsyncGenerator<LogLine> {
  const wanted = { logGroupName: JOB_LOG_GROUPS[kind], logStreamNamePrefix: `${name}/` };
  try {
    for await (const { events = [] } of paginateFilterLogEvents({ client }, wanted)) {
      yield* events.map(({ timestamp, message = '' }) => ({ job: name, timestamp, message }));
    }
  } catch (error) {
    // SageMaker makes the group with the first line of the first job of an account.
    if (!isAwsError(error, 'ResourceNotFoundException')) {
      throw error;
    }
  }
}
