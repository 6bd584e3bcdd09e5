import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import * as v from 'valibot';
import { ApiError } from '../api-error';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import { requestProblem } from '../request-problem';

const MOST_EVENTS = 10_000;

const filterLogEvents = v.strictObject({
  logGroupName: v.string(),
  logStreamNamePrefix: v.optional(v.string(), ''),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_EVENTS)), MOST_EVENTS),
  nextToken: v.optional(v.string(), '0'),
});

/** CloudWatch Logs, read only: the log files that SageMaker's jobs leave, by the names that they have on AWS. */
export class LogsService implements AwsService {
  readonly operations = {
    FilterLogEvents: (request: unknown) => this.filterLogEvents(parse(request)),
  };

  /** @param groups by name, the folder with a folder for each job, which holds a file HOST.log for each of its hosts */
  constructor(private readonly groups: Readonly<Record<string, string>>) {}

  async handle({ headers, body }: AwsRequest): Promise<AwsResponse> {
    const name = String(headers['x-amz-target']).replace('Logs_20140328.', '');
    try {
      if (name !== 'FilterLogEvents') {
        throw new ApiError('UnknownOperationException', `the local CloudWatch Logs has no operation ${name}`);
      }
      return answer(200, await this.operations[name](await json(body)));
    } catch (error) {
      if (error instanceof ApiError) return answer(error.status, { __type: error.name, message: error.message });
      throw error;
    }
  }

  /** Stream after stream; a line of a file has no time of its own. */
  private async filterLogEvents({
    logGroupName,
    logStreamNamePrefix,
    limit,
    nextToken,
  }: v.InferOutput<typeof filterLogEvents>): Promise<unknown> {
    const folder = this.groups[logGroupName];
    if (folder === undefined) {
      throw new ApiError('ResourceNotFoundException', 'The specified log group does not exist.');
    }
    const from = Number(nextToken);
    if (!Number.isInteger(from) || from < 0) {
      throw new ApiError('InvalidParameterException', 'The specified nextToken is invalid.');
    }
    const events: { readonly logStreamName: string; readonly message: string }[] = [];
    for (const { logStreamName, file } of await streamsIn(folder, logStreamNamePrefix)) {
      const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
      events.push(...lines.map((message) => ({ logStreamName, message })));
    }
    const to = from + limit;
    return { events: events.slice(from, to), nextToken: to < events.length ? String(to) : undefined };
  }
}

/** The log streams `JOB/HOST` whose names begin so. */
async function streamsIn(folder: string, prefix: string): Promise<{ logStreamName: string; file: string }[]> {
  if (!existsSync(folder)) return [];
  const jobs = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const files = await Promise.all(
    jobs.map(async ({ name }) => (await readdir(join(folder, name))).map((file) => join(name, file))),
  );
  return files
    .flat()
    .filter((file) => file.endsWith('.log') && file.startsWith(prefix))
    .sort()
    .map((file) => ({ logStreamName: file.replace(/\.log$/, ''), file: join(folder, file) }));
}

function parse(request: unknown): v.InferOutput<typeof filterLogEvents> {
  const parsed = v.safeParse(filterLogEvents, request);
  if (parsed.success) return parsed.output;
  throw new ApiError('InvalidParameterException', requestProblem(parsed.issues));
}

function answer(status: number, body: unknown): AwsResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
