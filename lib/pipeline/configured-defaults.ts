import type { ExecutionParameters } from '../../lambda/shared/plan';
import type { Configuration } from '../configuration/configuration';

/**
 * What the configuration says of every field that an execution may override, as JSON. The state Plan hands it to its
 * function: a function's environment has room for 4 KB only, which a few candidates fill.
 */
export function configuredDefaults({ dataset, training, gate, report, serving }: Configuration): string {
  return JSON.stringify({
    dataset: {
      source: dataset.source,
      testSource: dataset.testSource,
      textColumn: dataset.textColumn,
      pairColumn: dataset.pairColumn,
      labelColumn: dataset.labelColumn,
      labelSeparator: dataset.labelSeparator,
      testFraction: dataset.testFraction,
      rareLabels: dataset.rareLabels,
      limits: dataset.limits,
    },
    training: {
      baseModel: training.baseModel,
      epochs: training.epochs,
      batchSize: training.batchSize,
      learningRate: training.learningRate,
      maxLength: training.maxLength,
      overflow: training.overflow,
      warmupRatio: training.warmupRatio,
      weightDecay: training.weightDecay,
      seed: training.seed,
      patience: training.patience,
      classWeights: training.classWeights,
      labelSmoothing: training.labelSmoothing,
      instanceType: training.instanceType,
      instanceCount: training.instanceCount,
      instancePrices: training.instancePrices,
      maxRuntimeInSeconds: training.maxRuntimeInSeconds,
      candidates: training.candidates,
      maxConcurrency: training.maxConcurrency,
      maxCostUsd: training.maxCostUsd,
    },
    gate,
    report,
    serving: { accelerator: serving.profile === 'elastic-inference' ? serving.accelerator : 'none' },
  } satisfies ExecutionParameters);
}
