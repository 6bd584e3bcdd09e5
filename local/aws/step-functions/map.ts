import { Aborted, TaskError } from './errors';
import type { History } from './history';
import { jsonText } from './json';
import type { Branch, MapState } from './states';
import { Variables } from './variables';
import type { Thread, Visit } from './visit';

/** An inline Map runs no more iterations at once, whatever MaxConcurrency says. */
const MOST_ITERATIONS = 40;

/** Runs a branch to its end and answers its output. */
type RunBranch = (branch: Branch, input: unknown, thread: Thread) => Promise<unknown>;

/** Runs the iterations of a Map, and answers their outputs in the order of the items. Throws the first iteration's failure. */
export async function runMap(visit: Visit, state: MapState, history: History, run: RunBranch): Promise<unknown> {
  const { name, thread } = visit;
  const items = state.Items === undefined ? visit.input : await visit.evaluate(state.Items, 'Items');
  if (!Array.isArray(items)) {
    const cause = `Map state input must be an array but was: ${JSON.stringify(items)}`;
    throw new TaskError('States.QueryEvaluationError', visit.explain(cause));
  }
  const atOnce = state.MaxConcurrency === undefined ? 0 : await visit.evaluate(state.MaxConcurrency, 'MaxConcurrency');
  history.record(thread, 'MapStateStarted', { mapStateStartedEventDetails: { length: items.length } });

  const iterate = async (index: number, inner: Thread): Promise<unknown> => {
    const place = { name, index };
    history.record(inner, 'MapIterationStarted', { mapIterationStartedEventDetails: place });
    try {
      const item = items[index] as unknown;
      const input =
        state.ItemSelector === undefined
          ? item
          : await visit.with({ Map: inner.context.Map }).evaluate(state.ItemSelector, 'ItemSelector');
      const output = await run(state.ItemProcessor, input, inner);
      history.record(inner, 'MapIterationSucceeded', { mapIterationSucceededEventDetails: place });
      return output;
    } catch (error) {
      if (error instanceof TaskError) {
        history.record(inner, 'MapIterationFailed', { mapIterationFailedEventDetails: place });
      } else if (error instanceof Aborted && !thread.signal.aborted) {
        history.record(inner, 'MapIterationAborted', { mapIterationAbortedEventDetails: place });
      }
      throw error;
    }
  };
  const most = atOnce === 0 ? MOST_ITERATIONS : Math.min(atOnce, MOST_ITERATIONS);
  const outputs = await together(visit, items, most, iterate);
  jsonText(outputs, name);
  history.record(thread, 'MapStateSucceeded');
  return outputs;
}

/**
 * Runs the iterations, so many at once, each with variables of its own. The first failure aborts the others, and is
 * thrown when all have unwound, so that no iteration writes history after its state has ended.
 */
async function together(
  { name, thread }: Visit,
  items: readonly unknown[],
  atOnce: number,
  iterate: (index: number, inner: Thread) => Promise<unknown>,
): Promise<unknown[]> {
  const failing = new AbortController();
  const signal = AbortSignal.any([thread.signal, failing.signal]);
  const outputs: unknown[] = [];
  const failures: unknown[] = [];
  const waiting = [...items.entries()];
  const { path, previousEventId } = thread;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && failures.length === 0; next = waiting.shift()) {
      const [index, item] = next;
      const inner: Thread = {
        path: [...path, `${name}[${index}]`],
        previousEventId,
        signal,
        context: { ...thread.context, Map: { Item: { Index: index, Value: item } } },
        variables: new Variables(thread.variables),
      };
      try {
        outputs[index] = await iterate(index, inner);
        thread.previousEventId = inner.previousEventId;
      } catch (error) {
        if (failures.push(error) === 1) thread.previousEventId = inner.previousEventId;
        failing.abort(new Aborted('ABORTED'));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  if (failures.length > 0) throw failures[0];
  return outputs;
}
