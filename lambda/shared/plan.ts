import * as v from 'valibot';
import {
  datasetFields,
  gateFields,
  limitFields,
  reportFields,
  searchFields,
  servingFields,
  trainingFields,
  type TrainingCandidate,
} from './execution-input';
import { instancePrices } from './prices';
import type { ServingSettings } from './serving-settings';
import { objectOf } from './validation';

/** What an execution runs with: its input laid over the configured defaults. */
export const executionParametersSchema = objectOf({
  dataset: objectOf({
    ...datasetFields,
    testSource: v.optional(datasetFields.testSource),
    textColumn: v.optional(datasetFields.textColumn),
    pairColumn: v.optional(datasetFields.pairColumn),
    labelColumn: v.optional(datasetFields.labelColumn),
    labelSeparator: v.optional(datasetFields.labelSeparator),
    limits: objectOf(limitFields),
  }),
  training: objectOf({
    ...trainingFields,
    epochs: v.optional(trainingFields.epochs),
    ...searchFields,
    maxCostUsd: v.optional(searchFields.maxCostUsd),
    instancePrices,
  }),
  gate: objectOf(gateFields),
  report: objectOf(reportFields),
  serving: objectOf(servingFields),
});

export type ExecutionParameters = v.InferOutput<typeof executionParametersSchema>;

/** An input channel, as SageMaker's CreateTrainingJob takes it. */
export interface Channel {
  readonly ChannelName: string;
  readonly DataSource: {
    readonly S3DataSource: {
      readonly S3DataType: 'S3Prefix';
      readonly S3Uri: string;
      readonly S3DataDistributionType: 'FullyReplicated';
    };
  };
}

/** A training job, as far as it differs from another. */
export interface TrainingJobPlan {
  readonly hyperParameters: Readonly<Record<string, string>>;
  readonly inputDataConfig: readonly Channel[];
  readonly instanceType: string;
  readonly instanceCount: number;
  /** USD per hour of one instance; null where it is not known. */
  readonly instancePrice: number | null;
  readonly maxRuntimeInSeconds: number;
  /** Where checkpoints go, if any are kept. */
  readonly checkpointUri: string;
}

/** One of several training jobs, of which the best is served. */
export interface PlannedCandidate extends TrainingJobPlan {
  readonly overrides: TrainingCandidate;
}

/** Everything that the later states of one execution read; no field is ever absent. */
export interface Plan {
  /** Train and deploy, export and deploy what is trained already, deploy `modelDataUrl`, or take the endpoint down. */
  readonly action: 'train' | 'export' | 'deploy' | 'take-down';
  readonly dataset: {
    readonly source: string;
    /** The test split, where it is not to be made of `source`. */
    readonly testSource: string | null;
    /** Names of columns, or their numbers from 1 on; null where the usual names should do. */
    readonly textColumn: string | null;
    readonly pairColumn: string | null;
    readonly labelColumn: string | null;
    /** Between two labels of one text; null where a text has one label, or a list of them. */
    readonly labelSeparator: string | null;
    readonly testFraction: number;
    /** What becomes of a label that is too rare to be on both sides. */
    readonly rareLabels: ExecutionParameters['dataset']['rareLabels'];
    /** Shares beyond which the dataset is refused. */
    readonly limits: ExecutionParameters['dataset']['limits'];
    /** In tokens; what is longer is cut. Null where nothing is. */
    readonly maxLength: number | null;
    /** Whether any job reads long texts in windows, which it does with no pairs. */
    readonly inWindows: boolean;
    /** A folder in S3, without a slash at its end. */
    readonly outputUri: string;
  };
  /** The one job; where there are candidates, these are trained instead. */
  readonly training: TrainingJobPlan & {
    readonly outputUri: string;
    readonly candidates: readonly PlannedCandidate[];
    /** Of the candidates' jobs. */
    readonly maxConcurrency: number;
  };
  /** Waived: the model is deployed whatever its metrics are. */
  readonly gate: ExecutionParameters['gate'] & { readonly waived: boolean };
  readonly serving: PlannedServing;
  readonly modelDataUrl: string | null;
  /** The same model as it was traced before; null: it has not been, or that is not known. */
  readonly tracedModelDataUrl: string | null;
  /** The endpoint was up at the start: when it is down at the end, somebody has taken it down, and it stays so. */
  readonly keepDown: boolean;
}

/** How the model is to be served. */
export interface PlannedServing {
  readonly profile: ServingSettings['profile'];
  /** The accelerator to try, or "none". */
  readonly accelerator: ExecutionParameters['serving']['accelerator'];
  /** Why the configured accelerator is not even tried. */
  readonly reason: string | null;
}
