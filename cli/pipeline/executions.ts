import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { isAwsError } from '../../lambda/shared/aws-error';
import { CommandFailed } from '../../local/run/failure';
import { openTarget, stackOutput, type Target, type TargetOptions } from '../target';
import type { Terminal } from '../terminal';

/** What every command of the pipeline takes. */
export interface PipelineOptions extends TargetOptions {
  readonly json?: boolean;
}

/** The state machine of a target, and its executions by name. */
export class Executions {
  private constructor(
    readonly target: Target,
    readonly stepFunctions: SFNClient,
    readonly stateMachineArn: string,
  ) {}

  /** @throws CommandFailed when there is no local run, or no stack */
  static async open(options: TargetOptions, terminal: Terminal): Promise<Executions> {
    const target = openTarget(options, terminal);
    const stateMachineArn = await stackOutput(target.names.trainingStack, 'StateMachineArn', target);
    return new Executions(target, new SFNClient(target.settings), stateMachineArn);
  }

  arnOf(name: string): string {
    return `${this.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }

  /**
   * @param name undefined: the one that was started last
   * @throws CommandFailed when there is none
   */
  async describe(name: string | undefined): Promise<DescribeExecutionOutput & { readonly name: string }> {
    const wanted = name ?? (await this.lastName());
    const description = await this.named(wanted, () =>
      this.stepFunctions.send(new DescribeExecutionCommand({ executionArn: this.arnOf(wanted) })),
    );
    return { ...description, name: wanted };
  }

  /**
   * Makes a call about one execution.
   *
   * @throws CommandFailed when there is none of that name
   */
  async named<T>(name: string, call: () => Promise<T>): Promise<T> {
    return call().catch((error: unknown) => {
      if (isAwsError(error, 'ExecutionDoesNotExist', 'InvalidArn')) {
        throw new CommandFailed(
          `There is no execution ${name}: "classifier pipeline list" shows those that there are.`,
        );
      }
      throw error;
    });
  }

  private async lastName(): Promise<string> {
    const { executions } = await this.stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn: this.stateMachineArn, maxResults: 1 }),
    );
    const name = executions?.[0]?.name;
    if (name === undefined) {
      throw new CommandFailed('There is no execution yet: start one with "classifier pipeline start".');
    }
    return name;
  }
}
