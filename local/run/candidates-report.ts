import type { CandidateOutcome } from '../../lambda/shared/candidates';
import { table } from './table';

/** What became of each candidate, and which was taken. */
export function candidateLines(candidates: readonly CandidateOutcome[]): string[] {
  const known = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '-';
  return [
    ...table(
      ['candidate', 'validation', 'seconds', 'USD'],
      candidates.map((candidate, place) => [
        `${place} ${describe(candidate)}`,
        known(candidate.score, 4),
        known(candidate.seconds, 0),
        known(candidate.costUsd, 2),
      ]),
    ),
    ...candidates.flatMap(({ reason }, place) => (reason === null ? [] : [`Candidate ${place} failed: ${reason}`])),
    ...candidates.flatMap(({ isChosen }, place) => (isChosen ? [`Candidate ${place} was taken.`] : [])),
  ];
}

function describe({ overrides }: CandidateOutcome): string {
  const fields = Object.entries(overrides).map(([name, value]) => `${name} ${String(value)}`);
  return fields.join(', ') || 'as configured';
}
