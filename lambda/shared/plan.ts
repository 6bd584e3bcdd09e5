import * as v from 'valibot';
import { datasetFields, gateFields, servingFields, trainingFields } from './execution-input';
import type { ServingSettings } from './serving-settings';
import { objectOf } from './validation';

/** What an execution runs with: its input laid over the configured defaults. */
export const executionParametersSchema = objectOf({
  dataset: objectOf({
    ...datasetFields,
    textColumn: v.optional(datasetFields.textColumn),
    labelColumn: v.optional(datasetFields.labelColumn),
  }),
  training: objectOf(trainingFields),
  gate: objectOf(gateFields),
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

/** Everything that the later states of one execution read; no field is ever absent. */
export interface Plan {
  /** Train and deploy, deploy `modelDataUrl`, or take the endpoint down. */
  readonly action: 'train' | 'deploy' | 'take-down';
  readonly dataset: {
    readonly source: string;
    readonly textColumn: string | null;
    readonly labelColumn: string | null;
    readonly testFraction: number;
    /** A folder in S3, without a slash at its end. */
    readonly outputUri: string;
  };
  readonly training: {
    readonly hyperParameters: Readonly<Record<string, string>>;
    readonly inputDataConfig: readonly Channel[];
    readonly outputUri: string;
    readonly instanceType: string;
    readonly instanceCount: number;
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
