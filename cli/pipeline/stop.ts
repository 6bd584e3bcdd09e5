import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { CommandFailed } from '../../local/run/failure';
import { type Terminal, writeJson, writeLine } from '../terminal';
import { Executions, type PipelineOptions } from './executions';

/**
 * `classifier pipeline stop`: stops an execution, and with it the job that it waits for.
 *
 * @throws CommandFailed when there is none of that name, or it has ended
 */
export async function stop(name: string, options: PipelineOptions, terminal: Terminal): Promise<void> {
  const executions = await Executions.open(options, terminal);
  const { status = '' } = await executions.describe(name);
  if (status !== 'RUNNING') {
    throw new CommandFailed(`The execution ${name} has ended already, as ${status}.`);
  }
  const { stopDate } = await executions.stepFunctions.send(
    new StopExecutionCommand({
      executionArn: executions.arnOf(name),
      error: 'Stopped',
      cause: 'Somebody stopped it by "classifier pipeline stop".',
    }),
  );
  if (options.json === true) {
    writeJson({ name, stopDate }, terminal);
  } else {
    writeLine(`Stopped the execution ${name}.`, terminal);
  }
}
