import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import { requestProblem } from '../request-problem';
import { StepFunctionsError } from './errors';
import { LIMIT_BYTES } from './json';
import type { Execution, StateMachines } from './state-machines';

/** What an execution's name must not contain: white space, brackets, wildcards, special and control characters, half surrogates. */
const FORBIDDEN_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;
const DEFAULT_RESULTS = 100;

/** 0: as many as by default. */
const maxResults = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000)), 0);
const nextToken = v.optional(v.string(), '0');

const startInput = v.strictObject({
  stateMachineArn: v.string(),
  name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(80))),
  input: v.optional(
    v.pipe(
      v.string(),
      v.check((input) => Buffer.byteLength(input) <= LIMIT_BYTES, `must be at most ${LIMIT_BYTES} bytes of UTF-8`),
    ),
    '{}',
  ),
});
const stopInput = v.strictObject({
  executionArn: v.string(),
  error: v.optional(v.pipe(v.string(), v.maxLength(256)), ''),
  cause: v.optional(v.pipe(v.string(), v.maxLength(32_768)), ''),
});
const executionInput = v.strictObject({ executionArn: v.string() });
const historyInput = v.strictObject({
  executionArn: v.string(),
  reverseOrder: v.optional(v.boolean(), false),
  maxResults,
  nextToken,
});

const listInput = v.strictObject({
  stateMachineArn: v.string(),
  maxResults,
  nextToken,
  statusFilter: v.optional(v.picklist(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'])),
});

/** The part of Step Functions' API that starts and stops executions and tells of them. What it does not carry out, it refuses by name. */
export class StepFunctionsService implements AwsService {
  readonly operations: Readonly<Record<string, (request: unknown) => unknown>> = {
    StartExecution: (request) => this.startExecution(parse(startInput, request)),
    StopExecution: (request) => this.stopExecution(parse(stopInput, request)),
    DescribeExecution: (request) => describe(this.stateMachines.execution(parse(executionInput, request).executionArn)),
    ListExecutions: (request) => this.listExecutions(parse(listInput, request)),
    GetExecutionHistory: (request) => this.getExecutionHistory(parse(historyInput, request)),
  };

  constructor(private readonly stateMachines: StateMachines) {}

  async handle({ headers, body }: AwsRequest): Promise<AwsResponse> {
    const name = String(headers['x-amz-target']).split('.')[1] ?? '';
    const operation = Object.hasOwn(this.operations, name) ? this.operations[name] : undefined;
    try {
      if (operation === undefined) {
        const known = Object.keys(this.operations).join(', ');
        const message = `the local Step Functions has no operation ${name}; it has ${known}`;
        throw new StepFunctionsError('UnknownOperationException', message);
      }
      return answer(200, await operation(JSON.parse((await text(body)) || '{}')));
    } catch (error) {
      if (error instanceof StepFunctionsError) return answer(400, { __type: error.code, message: error.message });
      throw error;
    }
  }

  private startExecution({ stateMachineArn, name, input }: v.InferOutput<typeof startInput>): unknown {
    if (name !== undefined && FORBIDDEN_IN_NAMES.test(name)) {
      throw new StepFunctionsError('InvalidName', `Invalid Name: '${name}'`);
    }
    const { executionArn, startDate } = this.stateMachines.start(stateMachineArn, parseInput(input), name);
    return { executionArn, startDate: seconds(startDate) };
  }

  private async stopExecution({ executionArn, error, cause }: v.InferOutput<typeof stopInput>): Promise<unknown> {
    return { stopDate: seconds(await this.stateMachines.stopExecution(executionArn, error, cause)) };
  }

  /** The newest first. */
  private listExecutions({ stateMachineArn, statusFilter, ...wanted }: v.InferOutput<typeof listInput>): unknown {
    const executions = this.stateMachines
      .executionsOf(stateMachineArn)
      .map(describe)
      .filter(({ status }) => statusFilter === undefined || status === statusFilter)
      .map(({ name, executionArn, startDate, stopDate, status }) => ({
        ...{ name, executionArn, stateMachineArn, startDate, stopDate, status },
      }));
    const { page, nextToken } = pageOf(executions.reverse(), wanted);
    return { executions: page, nextToken };
  }

  private getExecutionHistory(request: v.InferOutput<typeof historyInput>): unknown {
    const { events } = this.stateMachines.execution(request.executionArn);
    const { page, nextToken } = pageOf(request.reverseOrder ? [...events].reverse() : events, request);
    return {
      events: page.map(({ path: _, timestamp, ...event }) => ({ ...event, timestamp: seconds(timestamp) })),
      nextToken,
    };
  }
}

/** Throws InvalidToken. */
function pageOf<T>(
  items: readonly T[],
  wanted: { readonly maxResults: number; readonly nextToken: string },
): { readonly page: readonly T[]; readonly nextToken?: string } {
  const from = Number(wanted.nextToken);
  if (!Number.isInteger(from) || from < 0) {
    throw new StepFunctionsError('InvalidToken', `Invalid Token: '${wanted.nextToken}'`);
  }
  const to = from + (wanted.maxResults || DEFAULT_RESULTS);
  return { page: items.slice(from, to), nextToken: to < items.length ? String(to) : undefined };
}

/** Throws ValidationException, with the name of the field that is wrong or that nothing here carries out. */
function parse<T>(schema: v.GenericSchema<unknown, T>, request: unknown): T {
  const parsed = v.safeParse(schema, request);
  if (parsed.success) return parsed.output;
  throw new StepFunctionsError('ValidationException', requestProblem(parsed.issues));
}

function parseInput(input: string): unknown {
  try {
    return JSON.parse(input) as unknown;
  } catch {
    throw new StepFunctionsError('InvalidExecutionInput', 'Invalid State Machine Execution Input: it is not JSON');
  }
}

interface Description {
  readonly name: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly input: string;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly status: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

function describe({ name, executionArn, stateMachineArn, input, startDate, ended }: Execution): Description {
  const common = { name, executionArn, stateMachineArn, input, startDate: seconds(startDate) };
  if (ended === undefined) return { ...common, status: 'RUNNING' };
  const { result, stopDate } = ended;
  return {
    ...common,
    status: result.status,
    stopDate: seconds(stopDate),
    ...(result.status === 'SUCCEEDED'
      ? { output: JSON.stringify(result.output) }
      : { error: result.error || undefined, cause: result.cause || undefined }),
  };
}

function seconds(date: Date): number {
  return date.getTime() / 1000;
}

function answer(status: number, value: unknown): AwsResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(value) };
}
