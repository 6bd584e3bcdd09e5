import * as v from 'valibot';
import { InvalidInput } from '../errors';
import {
  datasetFields,
  describeIssues,
  executionInputSchema,
  gateFields,
  objectOf,
  servingFields,
  trainingFields,
  type ExecutionInput,
} from './execution-input';

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
  readonly trains: boolean;
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
  readonly gate: Parameters['gate'];
  readonly serving: Parameters['serving'];
  readonly modelDataUrl: string | null;
}

/** Where a plan puts things; set by the stack. */
export interface PlanSettings {
  /** JSON: the values of every field that an execution input may set, but for `modelDataUrl`. */
  readonly defaults: string;
  readonly dataBucket: string;
  readonly artifactsBucket: string;
  /** The s3:// URL of the training code's sourcedir.tar.gz. */
  readonly sourceUri: string;
  readonly region: string;
}

const parametersSchema = objectOf({
  dataset: objectOf({
    ...datasetFields,
    textColumn: v.optional(datasetFields.textColumn),
    labelColumn: v.optional(datasetFields.labelColumn),
  }),
  training: objectOf(trainingFields),
  gate: objectOf(gateFields),
  serving: objectOf(servingFields),
});

type Parameters = v.InferOutput<typeof parametersSchema>;

/**
 * Makes the plan of one execution: its input laid over the configured defaults, field by field.
 *
 * @param executionName unique among executions, so that two at once never write to the same place
 * @throws InvalidInput that names every field that is unknown or has a value that is not allowed
 */
export function makePlan(input: unknown, executionName: string, settings: PlanSettings): Plan {
  const { modelDataUrl, ...overrides } = parse(executionInputSchema, input, 'execution input');
  const { dataset, training, gate, serving } = withDefaults(overrides, settings.defaults);
  const outputUri = `s3://${settings.dataBucket}/datasets/${executionName}`;
  const { instanceType, instanceCount } = training;

  return {
    trains: modelDataUrl === undefined,
    dataset: {
      source: dataset.source,
      textColumn: dataset.textColumn ?? null,
      labelColumn: dataset.labelColumn ?? null,
      testFraction: dataset.testFraction,
      outputUri,
    },
    training: {
      hyperParameters: hyperParameters(training, settings),
      inputDataConfig: [
        channel('training', `${outputUri}/training/`),
        channel('testing', `${outputUri}/testing/`),
        ...(isS3(training.baseModel) ? [channel('base_model', withSlash(training.baseModel))] : []),
      ],
      outputUri: `s3://${settings.artifactsBucket}/training`,
      instanceType,
      instanceCount,
    },
    gate,
    serving,
    modelDataUrl: modelDataUrl ?? null,
  };
}

function withDefaults(overrides: Omit<ExecutionInput, 'modelDataUrl'>, defaults: string): Parameters {
  const complete = parse(parametersSchema, JSON.parse(defaults), 'configured defaults');
  return {
    dataset: { ...complete.dataset, ...overrides.dataset },
    training: { ...complete.training, ...overrides.training },
    gate: { ...complete.gate, ...overrides.gate },
    serving: { ...complete.serving, ...overrides.serving },
  };
}

function parse<Schema extends v.GenericSchema>(schema: Schema, value: unknown, subject: string): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (!result.success) {
    throw new InvalidInput(`invalid ${subject}: ${describeIssues(result.issues, subject)}`);
  }
  return result.output;
}

/** SageMaker takes strings only; its training toolkit decodes each as JSON where that is possible. */
function hyperParameters(training: Parameters['training'], settings: PlanSettings): Record<string, string> {
  return {
    // A model from S3 arrives as a channel instead.
    ...(isS3(training.baseModel) ? {} : { base_model: training.baseModel }),
    epochs: String(training.epochs),
    batch_size: String(training.batchSize),
    learning_rate: String(training.learningRate),
    max_length: String(training.maxLength),
    warmup_ratio: String(training.warmupRatio),
    weight_decay: String(training.weightDecay),
    seed: String(training.seed),
    sagemaker_program: 'train.py',
    sagemaker_submit_directory: settings.sourceUri,
    sagemaker_torch_distributed_enabled: 'true',
    sagemaker_region: settings.region,
  };
}

function channel(name: string, uri: string): Channel {
  return {
    ChannelName: name,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'FullyReplicated' },
    },
  };
}

function isS3(uri: string): boolean {
  return uri.startsWith('s3://');
}

/** An S3 prefix without a slash at its end would also match the folder's longer-named neighbors. */
function withSlash(uri: string): string {
  return uri.endsWith('/') ? uri : `${uri}/`;
}
