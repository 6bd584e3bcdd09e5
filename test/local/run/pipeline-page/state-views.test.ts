import type { HistoryEvent } from '../../../../local/aws/step-functions/state-machine';
import { executionView, stateViews } from '../../../../local/run/pipeline-page/state-views';

type Told = Partial<HistoryEvent> & Pick<HistoryEvent, 'type'>;

const entered = (name: string): Told => ({ type: 'TaskStateEntered', stateEnteredEventDetails: { name, input: '1' } });
const scheduled = (TrainingJobName: string): Told => ({
  type: 'TaskScheduled',
  taskScheduledEventDetails: {
    ...{ parameters: JSON.stringify({ TrainingJobName }), resource: 'r', resourceType: 't', region: 'here' },
  },
});
const failed: Told = {
  type: 'TaskFailed',
  taskFailedEventDetails: { error: 'E', cause: 'c', resource: 'r', resourceType: 't' },
};
const exited = (name: string): Told => ({ type: 'TaskStateExited', stateExitedEventDetails: { name, output: '2' } });
/** As of an item of a Map. */
const at = (item: number, event: Told): Told => ({ ...event, path: [`Map[${item}]`] });

const execution = (isLive: boolean, ...events: Told[]) => ({
  name: 'run-1',
  events: events.map((event, id): HistoryEvent => ({
    id,
    previousEventId: 0,
    timestamp: new Date(id),
    path: [],
    ...event,
  })),
  logs: new Map(),
  isLive,
});

it('takes a state of several items for running until the last has ended, with the logs of all', () => {
  const events = [at(0, entered('Each')), at(1, entered('Each')), at(0, scheduled('a')), at(1, scheduled('b'))];
  const one = stateViews(execution(true, ...events, at(1, exited('Each')))).get('Each');
  expect(one).toMatchObject({ status: 'running', visits: 2, logNames: ['a', 'b'] });
  const both = stateViews(execution(true, ...events, at(1, exited('Each')), at(0, exited('Each')))).get('Each');
  expect(both?.status).toBe('succeeded');
});

it('counts attempts that were made again, and tells a failure that was caught from one that was mended', () => {
  const events = [entered('Train'), scheduled('a'), failed, scheduled('b')];
  const mended = stateViews(execution(true, ...events, exited('Train'))).get('Train');
  expect(mended).toMatchObject({ status: 'succeeded', retries: 1, input: '1', output: '2' });
  const caught = stateViews(execution(true, ...events, failed, exited('Train'))).get('Train');
  expect(caught).toMatchObject({ status: 'caught', retries: 1, error: 'E', cause: 'c' });
});

it('tells how an execution ended, and what was running then', () => {
  const ends = (isLive: boolean, ...events: Told[]) => {
    const ended = execution(isLive, entered('Train'), ...events);
    return [executionView(ended).status, stateViews(ended).get('Train')?.status];
  };
  expect(ends(true)).toEqual(['RUNNING', 'running']);
  expect(ends(false)).toEqual(['CUT_OFF', 'aborted']);
  expect(ends(true, { type: 'ExecutionAborted' })).toEqual(['ABORTED', 'aborted']);
  expect(ends(true, { type: 'ExecutionTimedOut' })).toEqual(['TIMED_OUT', 'aborted']);
  expect(ends(true, { type: 'ExecutionFailed', executionFailedEventDetails: { error: 'E' } })).toEqual([
    'FAILED',
    'failed',
  ]);
  expect(ends(true, exited('Train'), { type: 'ExecutionSucceeded' })).toEqual(['SUCCEEDED', 'succeeded']);
});
