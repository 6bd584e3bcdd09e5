import type { TrainingCandidate } from './execution-input';

/** How a candidate of `training.candidates` has fared. */
export interface CandidateOutcome {
  /** The fields by which it differs from the others. */
  readonly overrides: TrainingCandidate;
  /** The gate's metric on the validation part of the training split; null where it failed. */
  readonly score: number | null;
  /** From the start of the instances to the end of the upload; null where no job ran. */
  readonly seconds: number | null;
  /** What AWS charges the job for. */
  readonly billableSeconds: number | null;
  /** In USD, of its instances; null where their price is not known. */
  readonly costUsd: number | null;
  /** Why it failed; null where it did not. */
  readonly reason: string | null;
  /** Whether it went on to the gate. */
  readonly isChosen: boolean;
}
