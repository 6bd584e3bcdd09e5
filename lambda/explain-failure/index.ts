import type { Failure } from '../shared/execution-failure';
import { explain, type Explanation } from './explain';

/** The state machine's last step on the way to its Failed state. */
export function handler(event: { readonly failure: Failure }): Promise<Explanation> {
  return Promise.resolve(explain(event.failure));
}
