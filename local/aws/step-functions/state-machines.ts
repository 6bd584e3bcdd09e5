import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { account, region } from '../account';
import {
  parseProperties,
  type Provisioned,
  type ResolvedResource,
  type ResourceProvider,
} from '../cloudformation/provider';
import { StepFunctionsError } from './errors';
import { type ExecutionResult, type HistoryEvent, StateMachine, TaskError, type TaskHandler } from './state-machine';

export interface StateMachinesOptions {
  /** The handler for a Task's Resource; undefined for an integration that has no stand-in. */
  readonly resolveTask: (resource: string) => TaskHandler | undefined;
  /** Hears of every event of every execution. */
  readonly onEvent?: (event: HistoryEvent, executionArn: string) => void;
  /** How to spend the time of Wait states and retries. @default real time */
  readonly delay?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** An execution since it began; `input` is its JSON text. */
export interface Execution {
  readonly name: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly input: string;
  readonly startDate: Date;
  readonly events: readonly HistoryEvent[];
  /** Resolves when nothing of it runs any more; a failure is a result too. */
  readonly end: Promise<ExecutionResult>;
  readonly ended?: { readonly result: ExecutionResult; readonly stopDate: Date };
}

interface Started {
  readonly execution: Execution;
  readonly stop: AbortController;
}

interface Registered {
  readonly name: string;
  readonly stateMachine: StateMachine;
  readonly roleArn?: string;
  /** Fires when the state machine is to be deleted: its status is DELETING until its executions have ended. */
  readonly deleted: AbortController;
}

const machineProperties = v.object({
  StateMachineName: v.optional(v.string()),
  DefinitionString: v.string(),
  RoleArn: v.optional(v.string()),
});

/**
 * AWS::StepFunctions::StateMachine, and the executions of such.
 * Executions live as long as this process; what they leave behind is in the object store and in the stacks.
 */
export class StateMachines implements ResourceProvider {
  readonly properties = {
    carriedOut: Object.keys(machineProperties.entries),
    recorded: {
      LoggingConfiguration: 'events go to the local run',
      Tags: 'nobody reads them here',
      TracingConfiguration: 'nothing is traced here',
    },
  };

  private readonly machines = new Map<string, Registered>();
  private readonly executions = new Map<string, Started>();
  private readonly stopping = new AbortController();

  constructor(private readonly options: StateMachinesOptions) {}

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const properties = parseProperties(machineProperties, resource);
    const name = properties.StateMachineName ?? `${resource.stackName}-${resource.logicalId}`;
    const arn = `arn:aws:states:${region}:${account}:stateMachine:${name}`;
    this.register(arn, name, properties);
    return Promise.resolve({ physicalId: arn, attributes: { Arn: arn, Name: name } });
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    const properties = parseProperties(machineProperties, resource);
    if (properties.StateMachineName !== undefined && properties.StateMachineName !== current.attributes['Name']) {
      return this.create(resource);
    }
    this.register(current.physicalId, String(current.attributes['Name']), properties);
    return Promise.resolve(current);
  }

  /**
   * Resolves when the last execution has ended, as CloudFormation waits for it: at its next transition. A task that runs is
   * not cut short, however long it takes.
   */
  async delete(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    this.machines.get(current.physicalId)?.deleted.abort();
    await this.ends(({ stateMachineArn }) => stateMachineArn === current.physicalId);
    this.machines.delete(current.physicalId);
  }

  async resume(resource: ResolvedResource, current: Provisioned): Promise<void> {
    await this.update(resource, current);
  }

  private register(
    arn: string,
    name: string,
    { DefinitionString, RoleArn }: v.InferOutput<typeof machineProperties>,
  ): void {
    const definition: unknown = JSON.parse(DefinitionString);
    const stateMachine = StateMachine.parse(definition, this.options.resolveTask);
    const deleted = this.machines.get(arn)?.deleted ?? new AbortController();
    this.machines.set(arn, { name, stateMachine, roleArn: RoleArn, deleted });
  }

  /**
   * Starts an execution, or answers the running one of the same name and input. Throws ExecutionAlreadyExists for a name
   * that an execution with another input has, or had: AWS keeps names for 90 days, and this process as long as it lives.
   * Throws StateMachineDoesNotExist and StateMachineDeleting.
   */
  start(stateMachineArn: string, input: unknown, name: string = randomUUID()): Execution {
    const registered = this.machines.get(stateMachineArn);
    if (registered === undefined) {
      throw new StepFunctionsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    }
    if (registered.deleted.signal.aborted) {
      throw new StepFunctionsError('StateMachineDeleting', `State Machine is Being Deleted: '${stateMachineArn}'`);
    }
    const executionArn = `arn:aws:states:${region}:${account}:execution:${registered.name}:${name}`;
    const inputText = JSON.stringify(input);
    const earlier = this.executions.get(executionArn)?.execution;
    if (earlier !== undefined) {
      if (earlier.ended === undefined && earlier.input === inputText) return earlier;
      throw new StepFunctionsError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
    }
    const stop = new AbortController();
    const events: HistoryEvent[] = [];
    const end = registered.stateMachine.start({
      input,
      executionName: name,
      executionArn,
      stateMachineArn,
      stateMachineName: registered.name,
      roleArn: registered.roleArn,
      delay: this.options.delay,
      signal: AbortSignal.any([this.stopping.signal, stop.signal]),
      deleted: registered.deleted.signal,
      onEvent: (event) => {
        events.push(event);
        this.options.onEvent?.(event, executionArn);
      },
    });
    const execution: Execution & { ended?: Execution['ended'] } = {
      name,
      executionArn,
      stateMachineArn,
      input: inputText,
      startDate: new Date(),
      events,
      end: end.then((result) => {
        execution.ended = { result, stopDate: new Date() };
        return result;
      }),
    };
    this.executions.set(executionArn, { execution, stop });
    return execution;
  }

  /** Throws ExecutionDoesNotExist. */
  execution(executionArn: string): Execution {
    return this.started(executionArn).execution;
  }

  /** A state machine's executions, in the order in which they were started. Throws StateMachineDoesNotExist. */
  executionsOf(stateMachineArn: string): readonly Execution[] {
    if (!this.machines.has(stateMachineArn)) {
      throw new StepFunctionsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    }
    return [...this.executions.values()]
      .map(({ execution }) => execution)
      .filter((execution) => execution.stateMachineArn === stateMachineArn);
  }

  /** Stops an execution and answers when it ended, which one that has ended already did before. Throws ExecutionDoesNotExist. */
  async stopExecution(executionArn: string, error: string, cause: string): Promise<Date> {
    const { execution, stop } = this.started(executionArn);
    stop.abort(new TaskError(error, cause));
    await execution.end;
    return execution.ended?.stopDate ?? new Date();
  }

  /** Stops all executions and waits until nothing of them runs any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ends(() => true);
  }

  private started(executionArn: string): Started {
    const started = this.executions.get(executionArn);
    if (started === undefined) {
      throw new StepFunctionsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
    }
    return started;
  }

  private async ends(which: (execution: Execution) => boolean): Promise<void> {
    const executions = [...this.executions.values()].map(({ execution }) => execution);
    await Promise.all(executions.filter(which).map(({ end }) => end));
  }
}
