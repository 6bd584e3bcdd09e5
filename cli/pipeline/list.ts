import { paginateListExecutions, type ExecutionListItem } from '@aws-sdk/client-sfn';
import { colored, type Terminal, writeJson, writeLine } from '../terminal';
import { Executions, type PipelineOptions } from './executions';
import { secondsOf, STATUS_COLORS } from './status';

/** In a page of ListExecutions. */
const MOST_IN_PAGE = 1000;

/**
 * `classifier pipeline list`: the executions, those that were started last first.
 *
 * @throws CommandFailed
 */
export async function list(options: PipelineOptions & { readonly limit: number }, terminal: Terminal): Promise<void> {
  const { stepFunctions, stateMachineArn } = await Executions.open(options, terminal);
  const executions: ExecutionListItem[] = [];
  const paging = { client: stepFunctions, pageSize: Math.min(options.limit, MOST_IN_PAGE) };
  for await (const page of paginateListExecutions(paging, { stateMachineArn })) {
    executions.push(...(page.executions ?? []));
    if (executions.length >= options.limit) {
      break;
    }
  }
  const newest = executions.slice(0, options.limit);
  if (options.json === true) {
    writeJson(
      newest.map(({ name, executionArn, status, startDate, stopDate }) => ({
        name,
        executionArn,
        status,
        startDate,
        stopDate,
      })),
      terminal,
    );
    return;
  }
  if (newest.length === 0) {
    writeLine('There is no execution yet: start one with "classifier pipeline start".', terminal);
  }
  const width = Math.max(...newest.map(({ name = '' }) => name.length));
  for (const { name = '', status = '', startDate, stopDate } of newest) {
    const shown = colored(STATUS_COLORS[status] ?? 'gray', status.padEnd(9), terminal);
    const when = startDate?.toISOString().replace(/\.\d+/, '') ?? '';
    writeLine(`${name.padEnd(width)}  ${shown}  ${when}  ${secondsOf(startDate, stopDate)}`, terminal);
  }
}
