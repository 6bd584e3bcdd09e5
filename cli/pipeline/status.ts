import type { DescribeExecutionOutput } from '@aws-sdk/client-sfn';
import { withAdviceForThisMachine } from '../../local/run/failure-advice';
import { duration } from '../../local/run/progress';
import { type Color, colored, type Terminal, writeJson, writeLine } from '../terminal';
import { Executions, type PipelineOptions } from './executions';
import { historyOf, type Step, stepsOf } from './steps';

export const STATUS_COLORS: Readonly<Record<string, Color>> = {
  RUNNING: 'yellow',
  SUCCEEDED: 'green',
  FAILED: 'red',
  TIMED_OUT: 'red',
  ABORTED: 'red',
};

const MARKS: Readonly<Record<Step['status'], readonly [Color, string]>> = {
  succeeded: ['green', '✓'],
  failed: ['red', '✗'],
  running: ['yellow', '…'],
};

/**
 * `classifier pipeline status`: the states that an execution has passed, the one that it is in, and why it failed.
 *
 * @param name undefined: the execution that was started last
 * @throws CommandFailed
 */
export async function status(name: string | undefined, options: PipelineOptions, terminal: Terminal): Promise<void> {
  const executions = await Executions.open(options, terminal);
  const execution = await executions.describe(name);
  const events = await historyOf(executions.arnOf(execution.name), executions.stepFunctions);
  const steps = stepsOf(events).map((step) => ended(step, execution));
  const { status = '', startDate, stopDate, input, output, error } = execution;
  const cause =
    execution.cause === undefined || executions.target.local === undefined
      ? execution.cause
      : withAdviceForThisMachine(execution.cause);
  if (options.json === true) {
    const told = { name: execution.name, status, startDate, stopDate, steps, error, cause };
    writeJson({ ...told, input: parsed(input), output: parsed(output) }, terminal);
    return;
  }
  const color = STATUS_COLORS[status] ?? 'gray';
  writeLine(`${execution.name}  ${colored(color, status, terminal)}  ${secondsOf(startDate, stopDate)}`, terminal);
  for (const { name: state, status: how, entered, exited, job } of steps) {
    const [markColor, mark] = MARKS[how];
    const line = `  ${colored(markColor, mark, terminal)} ${state.padEnd(26)} ${secondsOf(entered, exited).padStart(8)}`;
    writeLine(job === undefined ? line : `${line}  ${colored('gray', job.name, terminal)}`, terminal);
  }
  if (cause !== undefined) {
    writeLine(`${colored('red', error ?? status, terminal)}: ${cause}`, terminal);
  }
}

/** A state that an execution was in when it ended has failed with it. */
function ended(step: Step, { status, stopDate }: DescribeExecutionOutput): Step {
  return step.status === 'running' && status !== 'RUNNING' ? { ...step, status: 'failed', exited: stopDate } : step;
}

/** From then until the end, or until now. */
export function secondsOf(from: Date | undefined, to = new Date()): string {
  return duration((to.getTime() - (from?.getTime() ?? NaN)) / 1000);
}

function parsed(json: string | undefined): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}
