import { type Candidate, type CandidateResult, choose, type Choice } from './choose';

/** The state machine's step that compares the candidates by their validation parts. */
export function handler(event: {
  readonly candidates: readonly Candidate[];
  readonly results: readonly CandidateResult[];
  readonly metric: string;
}): Promise<Choice> {
  return Promise.resolve(choose(event.candidates, event.results, event.metric));
}
