import type { ExecutionParameters, TrainingJobPlan } from '../shared/plan';
import { InvalidInput } from '../shared/step-errors';

/** One training job's parameters, and the section of the input that they are of. */
export interface Run {
  readonly section: string;
  readonly parameters: ExecutionParameters['training'];
}

/** The candidates, or the one job where there are none. */
export function runsOf(training: ExecutionParameters['training']): readonly Run[] {
  const runs = training.candidates.map((overrides, place) => ({
    section: `training.candidates[${place}]`,
    parameters: { ...training, ...overrides },
  }));
  return runs.length > 0 ? runs : [{ section: 'training', parameters: training }];
}

/** @throws InvalidInput for a run that may take longer than the state machine waits */
export function refuseLonger(runs: readonly Run[], configured: number): void {
  const longer = runs.find(({ parameters }) => parameters.maxRuntimeInSeconds > configured);
  if (longer !== undefined) {
    throw new InvalidInput(
      `${longer.section}.maxRuntimeInSeconds must be at most the configured ${configured}, which the state machine waits ` +
        `for, not ${longer.parameters.maxRuntimeInSeconds}; lower it, or raise it in the configuration`,
    );
  }
}

/** @throws InvalidInput for a candidate that is another's twin, which would be paid for too */
export function refuseEqual(jobs: readonly TrainingJobPlan[]): void {
  const texts = jobs.map(({ checkpointUri: _, ...job }) => JSON.stringify(job));
  const second = texts.findIndex((text, place) => texts.indexOf(text) < place);
  if (second > 0) {
    throw new InvalidInput(
      `training.candidates[${second}] trains the same as training.candidates[${texts.indexOf(texts[second] ?? '')}]; ` +
        'leave it out, or let it differ, by its seed for example',
    );
  }
}
