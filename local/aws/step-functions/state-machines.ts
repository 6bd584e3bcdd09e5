import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import type { Provisioned, ResolvedResource, ResourceProvider } from '../cloudformation/provider';
import { account, region } from '../account';
import { type ExecutionResult, type HistoryEvent, StateMachine, type TaskHandler } from './state-machine';

export interface StateMachinesOptions {
  /** The handler for a Task's Resource; undefined for an integration that has no stand-in. */
  readonly resolveTask: (resource: string) => TaskHandler | undefined;
  /** Hears of every event of every execution. */
  readonly onEvent?: (event: HistoryEvent, executionArn: string) => void;
  /** How to spend the time of Wait states and retries. @default real time */
  readonly delay?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

interface Execution {
  readonly name: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly input: string;
  readonly startDate: Date;
  readonly events: HistoryEvent[];
  readonly end: Promise<ExecutionResult>;
  result?: { readonly result: ExecutionResult; readonly stopDate: Date };
}

interface Registered {
  readonly name: string;
  readonly stateMachine: StateMachine;
  readonly roleArn?: string;
  /** Fires when the state machine is deleted. */
  readonly deleted: AbortController;
}

const machineProperties = v.object({
  StateMachineName: v.optional(v.string()),
  DefinitionString: v.string(),
  RoleArn: v.optional(v.string()),
});

const startInput = v.object({
  stateMachineArn: v.string(),
  name: v.optional(v.string()),
  input: v.optional(v.string(), '{}'),
});
const executionInput = v.object({ executionArn: v.string() });
const historyInput = v.object({
  executionArn: v.string(),
  reverseOrder: v.optional(v.boolean(), false),
  maxResults: v.optional(v.number(), 100),
  nextToken: v.optional(v.string()),
});

/** An error of the service, with the name that its SDK client knows. */
class ServiceError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * AWS::StepFunctions::StateMachine, and the part of Step Functions' API that starts executions and tells of them.
 * Executions live as long as this process; what they leave behind is in the object store and in the stacks.
 */
export class StateMachines implements ResourceProvider, AwsService {
  readonly properties = {
    carriedOut: Object.keys(machineProperties.entries),
    recorded: {
      LoggingConfiguration: 'events go to the local run',
      Tags: 'nobody reads them here',
      TracingConfiguration: 'nothing is traced here',
    },
  };

  private readonly machines = new Map<string, Registered>();
  private readonly executions = new Map<string, Execution>();
  private readonly stopping = new AbortController();

  constructor(private readonly options: StateMachinesOptions) {}

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const properties = v.parse(machineProperties, resource.properties);
    const name = properties.StateMachineName ?? `${resource.stackName}-${resource.logicalId}`;
    const arn = `arn:aws:states:${region}:${account}:stateMachine:${name}`;
    this.register(arn, name, properties);
    return Promise.resolve({ physicalId: arn, attributes: { Arn: arn, Name: name } });
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    const properties = v.parse(machineProperties, resource.properties);
    if (properties.StateMachineName !== undefined && properties.StateMachineName !== current.attributes['Name']) {
      return this.create(resource);
    }
    this.register(current.physicalId, String(current.attributes['Name']), properties);
    return Promise.resolve(current);
  }

  async delete(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    const registered = this.machines.get(current.physicalId);
    this.machines.delete(current.physicalId);
    // AWS ends the executions of a deleted state machine at their next transition.
    registered?.deleted.abort();
    const executions = [...this.executions.values()].filter((one) => one.stateMachineArn === current.physicalId);
    await Promise.all(executions.map(({ end }) => end));
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
   * Starts an execution.
   *
   * @returns its ARN, and its end, which a failure reaches as a result too
   */
  start(
    stateMachineArn: string,
    input: unknown,
    name: string = randomUUID(),
  ): { executionArn: string; end: Promise<ExecutionResult> } {
    const registered = this.machines.get(stateMachineArn);
    if (registered === undefined) {
      throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    }
    const executionArn = `arn:aws:states:${region}:${account}:execution:${registered.name}:${name}`;
    if (this.executions.has(executionArn)) {
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
    }
    const events: HistoryEvent[] = [];
    const end = registered.stateMachine.start({
      input,
      executionName: name,
      executionArn,
      stateMachineArn,
      stateMachineName: registered.name,
      roleArn: registered.roleArn,
      delay: this.options.delay,
      signal: AbortSignal.any([this.stopping.signal, registered.deleted.signal]),
      onEvent: (event) => {
        events.push(event);
        this.options.onEvent?.(event, executionArn);
      },
    });
    const execution: Execution = {
      name,
      executionArn,
      stateMachineArn,
      input: JSON.stringify(input),
      startDate: new Date(),
      events,
      end,
    };
    this.executions.set(executionArn, execution);
    void end.then((result) => {
      execution.result = { result, stopDate: new Date() };
    });
    return { executionArn, end };
  }

  /** Stops all executions and waits until nothing of them runs any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([...this.executions.values()].map(({ end }) => end));
  }

  async handle({ headers, body }: AwsRequest): Promise<AwsResponse> {
    const operation = String(headers['x-amz-target']).split('.')[1] ?? '';
    const request: unknown = JSON.parse((await text(body)) || '{}');
    try {
      return answer(200, this.answerTo(operation, request));
    } catch (error) {
      if (error instanceof ServiceError) {
        return answer(400, { __type: error.code, message: error.message });
      }
      if (error instanceof v.ValiError) {
        return answer(400, { __type: 'ValidationException', message: error.message });
      }
      throw error;
    }
  }

  private answerTo(operation: string, request: unknown): unknown {
    switch (operation) {
      case 'StartExecution': {
        const { stateMachineArn, name, input } = v.parse(startInput, request);
        const { executionArn } = this.start(stateMachineArn, parseInput(input), name);
        return { executionArn, startDate: seconds(this.execution(executionArn).startDate) };
      }
      case 'DescribeExecution':
        return describe(this.execution(v.parse(executionInput, request).executionArn));
      case 'GetExecutionHistory': {
        const { executionArn, reverseOrder, maxResults, nextToken } = v.parse(historyInput, request);
        const { events } = this.execution(executionArn);
        const ordered = reverseOrder ? [...events].reverse() : events;
        const from = Number(nextToken ?? 0);
        const to = from + maxResults;
        return {
          events: ordered.slice(from, to).map(({ path: _, timestamp, ...event }) => ({
            ...event,
            timestamp: seconds(timestamp),
          })),
          nextToken: to < ordered.length ? String(to) : undefined,
        };
      }
      default:
        throw new ServiceError('UnknownOperationException', `the local Step Functions has no operation ${operation}`);
    }
  }

  private execution(executionArn: string): Execution {
    const execution = this.executions.get(executionArn);
    if (execution === undefined) {
      throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
    }
    return execution;
  }
}

function parseInput(input: string): unknown {
  try {
    return JSON.parse(input) as unknown;
  } catch {
    throw new ServiceError('InvalidExecutionInput', 'Invalid State Machine Execution Input: it is not JSON');
  }
}

function describe({ result, startDate, ...execution }: Execution): unknown {
  const { events: _events, end: _end, ...plain } = execution;
  const common = { ...plain, startDate: seconds(startDate) };
  if (result === undefined) {
    return { ...common, status: 'RUNNING' };
  }
  const { status } = result.result;
  return {
    ...common,
    status,
    stopDate: seconds(result.stopDate),
    ...(result.result.status === 'SUCCEEDED'
      ? { output: JSON.stringify(result.result.output) }
      : { error: result.result.error, cause: result.result.cause }),
  };
}

function seconds(date: Date): number {
  return date.getTime() / 1000;
}

function answer(status: number, value: unknown): AwsResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(value) };
}
