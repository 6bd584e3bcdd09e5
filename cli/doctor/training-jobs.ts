import type { Configuration } from '../../lib/configuration/configuration';

/** A training job that an execution with the input `{}` starts. */
export interface ConfiguredJob {
  readonly instanceType: string;
  readonly instanceCount: number;
  readonly maxRuntimeInSeconds: number;
}

/** One, or one for each candidate. */
export function trainingJobsOf(training: Configuration['training']): ConfiguredJob[] {
  const { instanceType, instanceCount, maxRuntimeInSeconds, candidates } = training;
  const job = { instanceType, instanceCount, maxRuntimeInSeconds };
  return candidates.length === 0 ? [job] : candidates.map((candidate) => ({ ...job, ...candidate }));
}
