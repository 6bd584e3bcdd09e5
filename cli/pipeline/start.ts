import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { isAwsError } from '../../lambda/shared/aws-error';
import { existingFile, parsedInput, UsageError } from '../../local/run/options';
import { type Terminal, writeJson, writeLine } from '../terminal';
import { Executions, type PipelineOptions } from './executions';

export interface StartOptions extends PipelineOptions {
  /** A file with the execution's input in JSON; `-` is standard input. @default - {} */
  readonly input?: string;
  /** Of the execution. @default - one that Step Functions makes */
  readonly name?: string;
}

/**
 * `classifier pipeline start`: starts an execution and does not wait for its end.
 *
 * @throws UsageError, CommandFailed
 */
export async function start(options: StartOptions, terminal: Terminal): Promise<void> {
  const input = await readInput(options.input, terminal);
  const { stepFunctions, stateMachineArn } = await Executions.open(options, terminal);
  const { executionArn = '', startDate } = await stepFunctions
    .send(new StartExecutionCommand({ stateMachineArn, name: options.name, input }))
    .catch((error: unknown) => {
      if (isAwsError(error, 'ExecutionAlreadyExists', 'InvalidName')) {
        const problem =
          error.name === 'InvalidName' ? 'is no name that Step Functions takes' : 'is or was another execution’s';
        throw new UsageError(`--name ${options.name ?? ''} ${problem}: choose another, or leave it out.`);
      }
      throw error;
    });
  const name = executionArn.split(':').at(-1) ?? '';
  if (options.json === true) {
    writeJson({ name, executionArn, startDate }, terminal);
  } else {
    writeLine(`Started the execution ${name}.`, terminal);
    writeLine(`How it goes: classifier pipeline status ${name}${options.aws === true ? ' --aws' : ''}`, terminal);
  }
}

async function readInput(file: string | undefined, { stdin, workingDirectory }: Terminal): Promise<string> {
  if (file === undefined) {
    return '{}';
  }
  const input = file === '-' ? await text(stdin) : readFileSync(existingFile('input', file, workingDirectory), 'utf8');
  // As it is: what it may hold, the state machine says.
  parsedInput(file, input);
  return input;
}
