import { readFile } from 'node:fs/promises';
import { json } from 'node:stream/consumers';
import * as v from 'valibot';
import { account, region } from '../account';
import { ApiError } from '../api-error';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import { requestProblem } from '../request-problem';
import { deleteStream, type LogFolders, type LogGroup, LogGroups, timesOf } from './log-groups';

const MOST_EVENTS = 10_000;
const MOST_LISTED = 50;
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const groupName = v.pipe(v.string(), v.regex(/^[.\-_/#A-Za-z0-9]+$/), v.maxLength(512));
const streamName = v.pipe(v.string(), v.regex(/^[^:*]+$/), v.maxLength(512));
const limit = (most: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most)), most);

const schemas = {
  DeleteLogGroup: v.strictObject({ logGroupName: groupName }),
  DeleteLogStream: v.strictObject({ logGroupName: groupName, logStreamName: streamName }),
  DescribeLogGroups: v.strictObject({
    logGroupNamePrefix: v.optional(groupName),
    limit: limit(MOST_LISTED),
    nextToken: v.optional(v.string()),
  }),
  DescribeLogStreams: v.strictObject({
    logGroupName: groupName,
    logStreamNamePrefix: v.optional(streamName),
    orderBy: v.optional(v.picklist(['LogStreamName', 'LastEventTime']), 'LogStreamName'),
    descending: v.optional(v.boolean(), false),
    limit: limit(MOST_LISTED),
    nextToken: v.optional(v.string()),
  }),
  FilterLogEvents: v.strictObject({
    logGroupName: groupName,
    logStreamNamePrefix: v.optional(v.string(), ''),
    limit: limit(MOST_EVENTS),
    nextToken: v.optional(v.string(), '0'),
  }),
  PutRetentionPolicy: v.strictObject({ logGroupName: groupName, retentionInDays: v.picklist(RETENTIONS) }),
};
type Request<Name extends keyof typeof schemas> = v.InferOutput<(typeof schemas)[Name]>;

/** CloudWatch Logs: the log files that SageMaker's jobs and endpoints leave, by the names that they have on AWS. */
export class LogsService implements AwsService {
  readonly operations = {
    DeleteLogGroup: async (request: unknown) => this.deleteLogGroup(parse(schemas.DeleteLogGroup, request)),
    DeleteLogStream: async (request: unknown) => this.deleteLogStream(parse(schemas.DeleteLogStream, request)),
    DescribeLogGroups: async (request: unknown) => this.describeLogGroups(parse(schemas.DescribeLogGroups, request)),
    DescribeLogStreams: async (request: unknown) => this.describeLogStreams(parse(schemas.DescribeLogStreams, request)),
    FilterLogEvents: async (request: unknown) => this.filterLogEvents(parse(schemas.FilterLogEvents, request)),
    PutRetentionPolicy: async (request: unknown) => this.putRetentionPolicy(parse(schemas.PutRetentionPolicy, request)),
  };
  private readonly groups: LogGroups;
  /** Days, by the name of a group. */
  private readonly retentions = new Map<string, number>();

  constructor(folders: LogFolders) {
    this.groups = new LogGroups(folders);
  }

  async handle({ headers, body }: AwsRequest): Promise<AwsResponse> {
    const name = String(headers['x-amz-target']).replace('Logs_20140328.', '');
    try {
      if (!isOperation(name)) {
        throw new ApiError('UnknownOperationException', `the local CloudWatch Logs has no operation ${name}`);
      }
      return answer(200, (await this.operations[name](await json(body))) ?? {});
    } catch (error) {
      if (error instanceof ApiError) return answer(error.status, { __type: error.name, message: error.message });
      throw error;
    }
  }

  private async deleteLogGroup({ logGroupName }: Request<'DeleteLogGroup'>): Promise<void> {
    const { streams } = await this.require(logGroupName);
    await Promise.all(streams.map(deleteStream));
    this.retentions.delete(logGroupName);
  }

  private async deleteLogStream({ logGroupName, logStreamName }: Request<'DeleteLogStream'>): Promise<void> {
    const stream = (await this.require(logGroupName)).streams.find(({ name }) => name === logStreamName);
    if (stream === undefined) {
      throw new ApiError('ResourceNotFoundException', 'The specified log stream does not exist.');
    }
    await deleteStream(stream);
  }

  private async describeLogGroups({ logGroupNamePrefix, ...paging }: Request<'DescribeLogGroups'>): Promise<unknown> {
    const matching = (await this.groups.all()).filter(({ name }) => name.startsWith(logGroupNamePrefix ?? ''));
    const { page, nextToken } = pageOf(matching, ({ name }) => name, paging);
    const logGroups = await Promise.all(
      page.map(async ({ name, streams }) => ({
        logGroupName: name,
        arn: `${arnOf(name)}:*`,
        logGroupArn: arnOf(name),
        creationTime: Math.min(...(await Promise.all(streams.map(timesOf))).map(({ created }) => created)),
        retentionInDays: this.retentions.get(name),
      })),
    );
    return { logGroups, nextToken };
  }

  private async describeLogStreams(request: Request<'DescribeLogStreams'>): Promise<unknown> {
    const { logGroupName, logStreamNamePrefix, orderBy, ...paging } = request;
    if (orderBy === 'LastEventTime' && logStreamNamePrefix !== undefined) {
      throw new ApiError('InvalidParameterException', 'Cannot order by LastEventTime with a logStreamNamePrefix.');
    }
    const { streams } = await this.require(logGroupName);
    const described = await Promise.all(
      streams
        .filter(({ name }) => name.startsWith(logStreamNamePrefix ?? ''))
        .map(async (stream) => {
          const { created, last } = await timesOf(stream);
          return {
            logStreamName: stream.name,
            arn: `${arnOf(logGroupName)}:log-stream:${stream.name}`,
            creationTime: created,
            lastEventTimestamp: last,
          };
        }),
    );
    const { page, nextToken } = pageOf(
      described,
      ({ logStreamName, lastEventTimestamp = 0 }) =>
        orderBy === 'LogStreamName'
          ? logStreamName
          : `${String(lastEventTimestamp).padStart(16, '0')} ${logStreamName}`,
      paging,
    );
    return { logStreams: page, nextToken };
  }

  /** Stream after stream; a line of a file has no time of its own. */
  private async filterLogEvents(request: Request<'FilterLogEvents'>): Promise<unknown> {
    const { logGroupName, logStreamNamePrefix, limit, nextToken } = request;
    const { streams } = await this.require(logGroupName);
    const from = Number(nextToken);
    if (!Number.isInteger(from) || from < 0) {
      throw new ApiError('InvalidParameterException', 'The specified nextToken is invalid.');
    }
    const events: { readonly logStreamName: string; readonly message: string }[] = [];
    for (const { name, file } of streams.filter((stream) => stream.name.startsWith(logStreamNamePrefix))) {
      const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
      events.push(...lines.map((message) => ({ logStreamName: name, message })));
    }
    const to = from + limit;
    return { events: events.slice(from, to), nextToken: to < events.length ? String(to) : undefined };
  }

  private async putRetentionPolicy(request: Request<'PutRetentionPolicy'>): Promise<void> {
    const { name } = await this.require(request.logGroupName);
    this.retentions.set(name, request.retentionInDays);
  }

  private async require(name: string): Promise<LogGroup> {
    const group = await this.groups.find(name);
    if (group !== undefined) return group;
    throw new ApiError('ResourceNotFoundException', 'The specified log group does not exist.');
  }
}

function isOperation(name: string): name is keyof typeof schemas {
  return Object.hasOwn(schemas, name);
}

function arnOf(logGroupName: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${logGroupName}`;
}

/** A page goes on after the last item of the page before, also when that has been deleted meanwhile. */
function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  paging: { readonly limit: number; readonly nextToken?: string; readonly descending?: boolean },
): { readonly page: Item[]; readonly nextToken?: string } {
  const { limit, nextToken, descending = false } = paging;
  const isAfter = (a: string, b: string) => (descending ? a < b : a > b);
  const rest = items
    .filter((item) => nextToken === undefined || isAfter(keyOf(item), nextToken))
    .sort((a, b) => (isAfter(keyOf(a), keyOf(b)) ? 1 : -1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { page, nextToken: last !== undefined && rest.length > limit ? keyOf(last) : undefined };
}

function parse<Schema extends v.GenericSchema>(schema: Schema, request: unknown): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, request);
  if (parsed.success) return parsed.output;
  throw new ApiError('InvalidParameterException', requestProblem(parsed.issues));
}

function answer(status: number, body: unknown): AwsResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
