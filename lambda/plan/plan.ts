import * as v from 'valibot';
import { InvalidInput } from '../shared/step-errors';
import { type ServingSettings, whyUntraceable } from '../shared/serving-settings';
import { executionInputSchema, type ExecutionInput } from '../shared/execution-input';
import {
  type ExecutionParameters,
  executionParametersSchema,
  type Plan,
  type PlannedServing,
  type TrainingJobPlan,
} from '../shared/plan';
import { describeIssues } from '../shared/validation';
import { type ModelConfig, whyUntrainable } from './base-model';
import { refuseExpensive } from './cost';
import type { LastModel } from '../shared/last-model';
import { refuseEqual, refuseLonger, type Run, runsOf } from './runs';
import { channel, isS3, trainingJob, type TrainingSettings } from './training-job';

/** Where a plan puts things, set by the stack, and where it looks things up. */
export interface PlanSettings extends TrainingSettings {
  /** JSON: the values of every field of the input's sections. */
  readonly defaults: string;
  readonly serving: ServingSettings;
  readonly dataBucket: string;
  readonly artifactsBucket: string;
  /** What a base model's config.json says; undefined where it cannot be read. */
  readonly readModelConfig: (baseModel: string) => Promise<ModelConfig | undefined>;
  /** Undefined when no model ever was in service. */
  readonly lastModel: () => Promise<LastModel | undefined>;
  /** Throws AnotherExecutionRunning when another execution trains or deploys. */
  readonly refuseSecondExecution: () => Promise<void>;
  /** Whether the endpoint is up. */
  readonly isInService: () => Promise<boolean>;
}

/**
 * Makes the plan of one execution: its input laid over the configured defaults, field by field.
 *
 * @param executionName unique among executions, so that two at once never write to the same place
 * @throws InvalidInput that names every field that is unknown or has a value that is not allowed
 * @throws AnotherExecutionRunning when another execution trains or deploys
 */
export async function makePlan(input: unknown, executionName: string, settings: PlanSettings): Promise<Plan> {
  const { modelDataUrl: givenModel, endpoint, ...overrides } = parse(executionInputSchema, input, 'execution input');
  refuseContradictions(input, endpoint, settings.serving);
  // What is down may be brought back beside an execution that still trains, and deploys after that.
  if (endpoint === undefined || (endpoint === 'bring-back' && (await settings.isInService()))) {
    await settings.refuseSecondExecution();
  }
  const configured = parse(executionParametersSchema, JSON.parse(settings.defaults), 'configured defaults');
  const { dataset, training, gate, report, serving } = withDefaults(overrides, configured);
  const { candidates, maxConcurrency } = training;
  const runs = runsOf(training);
  const isMeasured = candidates.length > 0 || training.epochs !== 0 || overrides.dataset?.source !== undefined;
  const trainingAction = isMeasured ? 'train' : 'export';
  const action =
    endpoint === 'take-down' ? 'take-down' : (givenModel ?? endpoint) === undefined ? trainingAction : 'deploy';
  if (action === 'export' && !isS3(training.baseModel)) {
    throw new InvalidInput(
      'training.epochs is 0, to serve a finished classifier as it is: training.baseModel must be the s3:// URL of its ' +
        'folder, or dataset.source be given to measure it by',
    );
  }
  if (action === 'train' && dataset.pairColumn !== undefined) {
    refuseWindowsOfPairs(runs);
  }
  const trains = action === 'train' || action === 'export';
  const modelTypes = trains ? await Promise.all(runs.map((run) => trainableModelType(run, settings))) : [undefined];
  const last = endpoint === 'bring-back' ? await modelToBringBack(settings) : undefined;
  const outputUri = `s3://${settings.dataBucket}/datasets/${executionName}`;
  const channels =
    action === 'export'
      ? []
      : [channel('training', `${outputUri}/training/`), channel('testing', `${outputUri}/testing/`)];
  const jobs = runs.map(({ parameters }, place) =>
    trainingJob(
      parameters,
      { metric: gate.metric, ...report },
      channels,
      `${outputUri}/checkpoints/${place}`,
      settings,
    ),
  );
  const [job] = jobs as [TrainingJobPlan];
  if (trains) {
    refuseLonger(runs, configured.training.maxRuntimeInSeconds);
    refuseEqual(jobs);
    refuseExpensive(jobs, training, settings.region);
  }

  return {
    action,
    dataset: {
      source: dataset.source,
      testSource: dataset.testSource ?? null,
      textColumn: columnOf(dataset.textColumn),
      pairColumn: columnOf(dataset.pairColumn),
      labelColumn: columnOf(dataset.labelColumn),
      labelSeparator: dataset.labelSeparator ?? null,
      testFraction: dataset.testFraction,
      rareLabels: dataset.rareLabels,
      limits: dataset.limits,
      maxLength: lengthThatIsCut(runs),
      inWindows: runs.some(readsWindows),
      outputUri,
    },
    training: {
      ...job,
      outputUri: `s3://${settings.artifactsBucket}/training`,
      candidates: candidates.map((own, place) => ({ overrides: own, ...(jobs[place] ?? job) })),
      maxConcurrency,
    },
    // A model that was in service has passed already, or the gate was waived for it.
    gate: { ...gate, waived: overrides.gate?.waived ?? last !== undefined },
    serving:
      last === undefined || overrides.serving?.accelerator !== undefined
        ? planServing(
            serving.accelerator,
            modelTypes.map((type, run) => ({ type, inWindows: trains && runs[run]?.parameters.overflow === 'window' })),
            action === 'train' && dataset.pairColumn !== undefined,
            settings.serving,
          )
        : servingAsBefore(last, settings.serving),
    modelDataUrl: last?.modelDataUrl ?? givenModel ?? null,
    tracedModelDataUrl: last === undefined || last.serving.accelerator === 'none' ? null : last.serving.modelDataUrl,
    keepDown: trains && overrides.serving?.evenIfTakenDown !== true && (await settings.isInService()),
  };
}

async function modelToBringBack({ lastModel }: PlanSettings): Promise<LastModel> {
  const last = await lastModel();
  if (last === undefined) {
    throw new InvalidInput('endpoint cannot be bring-back: no model was ever in service; start with {} to train one');
  }
  return last;
}

/** What the schema cannot say of the input's fields. */
function refuseContradictions(input: unknown, endpoint: ExecutionInput['endpoint'], serving: ServingSettings): void {
  const others = Object.keys(input as object).filter((name) => name !== 'endpoint' && name !== 'serving');
  if (endpoint !== undefined && others.length > 0) {
    throw new InvalidInput(
      `invalid execution input: endpoint goes with no ${others.join(' and no ')}, for it trains nothing and deploys no ` +
        'other model; leave one of them out',
    );
  }
  const { modelDataUrl, training, serving: given } = input as ExecutionInput;
  if (modelDataUrl !== undefined && training?.candidates !== undefined) {
    throw new InvalidInput(
      'invalid execution input: modelDataUrl trains nothing and goes without training.candidates; leave one of them out',
    );
  }
  const accelerator = given?.accelerator ?? 'none';
  if (accelerator !== 'none' && serving.profile !== 'elastic-inference') {
    throw new InvalidInput(
      `invalid execution input: serving.accelerator cannot be "${accelerator}", for the configured serving.profile is ` +
        `${serving.profile}; it goes with elastic-inference only`,
    );
  }
}

/** Training would refuse it, once it is paid for; where the data alone say that they are pairs, PrepareDataset does. */
function refuseWindowsOfPairs(runs: readonly Run[]): void {
  const run = runs.find(readsWindows);
  if (run !== undefined) {
    throw new InvalidInput(
      `${run.section}.overflow cannot be window, for dataset.pairColumn makes pairs of the texts, which are not read in ` +
        'windows; choose truncate or error, or leave dataset.pairColumn out',
    );
  }
}

function readsWindows({ parameters }: Run): boolean {
  return parameters.overflow === 'window';
}

/** The longest that any of these reads of a text that it cuts, in tokens; null where none cuts any. */
function lengthThatIsCut(runs: readonly Run[]): number | null {
  const lengths = runs.filter(({ parameters }) => parameters.overflow === 'truncate');
  return lengths.length === 0 ? null : Math.max(...lengths.map(({ parameters }) => parameters.maxLength));
}

/** What AWS refused once, it is not asked for again, and nobody is told again. */
function servingAsBefore({ serving }: LastModel, { profile }: ServingSettings): PlannedServing {
  return profile === 'elastic-inference'
    ? { profile, accelerator: serving.accelerator, reason: serving.reason }
    : { profile, accelerator: 'none', reason: null };
}

/** `model_type` of the base model, where it can be read. Throws InvalidInput when it cannot be trained. */
async function trainableModelType(
  { section, parameters: { baseModel, maxLength } }: Run,
  settings: PlanSettings,
): Promise<string | undefined> {
  const config = await settings.readModelConfig(baseModel);
  const reason = config === undefined ? undefined : whyUntrainable(config, maxLength, section);
  if (reason !== undefined) {
    throw new InvalidInput(reason);
  }
  return config?.model_type;
}

/**
 * @param models the types of the base models, where any are trained and they are known, and whether they read windows; of
 * several, the quality gate sees which it is of
 * @param pairs whether the input names a column of second texts; where the data alone does, the quality gate finds out
 */
function planServing(
  accelerator: PlannedServing['accelerator'],
  models: readonly { readonly type: string | undefined; readonly inWindows: boolean }[],
  pairs: boolean,
  { profile, untraceableModel }: ServingSettings,
): PlannedServing {
  const untraceable =
    accelerator === 'none'
      ? []
      : models
          .map(({ type, inWindows }) => whyUntraceable(type, pairs, inWindows))
          .filter((reason) => reason !== undefined);
  const [reason] = untraceable;
  if (reason === undefined || (untraceableModel === 'cpu' && untraceable.length < models.length)) {
    return { profile, accelerator, reason: null };
  }
  if (untraceableModel === 'refuse') {
    const inWindows = models.some((model) => model.inWindows);
    const [field, mending] = pairs
      ? ['dataset.pairColumn', 'leave it out']
      : inWindows
        ? ['training.overflow', 'choose another']
        : ['training.baseModel', 'choose such a base model'];
    throw new InvalidInput(`${field} is not accepted: ${reason}; ${mending}, or set serving.accelerator to "none"`);
  }
  return { profile, accelerator: 'none', reason };
}

function withDefaults(
  overrides: Omit<ExecutionInput, 'modelDataUrl' | 'endpoint'>,
  complete: ExecutionParameters,
): ExecutionParameters {
  const limits = { ...complete.dataset.limits, ...overrides.dataset?.limits };
  // A test split belongs to its own data.
  const testSource = overrides.dataset?.source === undefined ? complete.dataset.testSource : undefined;
  return {
    dataset: { ...complete.dataset, testSource, ...overrides.dataset, limits },
    training: { ...complete.training, ...overrides.training },
    gate: {
      metric: overrides.gate?.metric ?? complete.gate.metric,
      minimum: overrides.gate?.minimum ?? complete.gate.minimum,
    },
    report: { ...complete.report, ...overrides.report },
    serving: { accelerator: overrides.serving?.accelerator ?? complete.serving.accelerator },
  };
}

function parse<Schema extends v.GenericSchema>(schema: Schema, value: unknown, subject: string): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (!result.success) {
    throw new InvalidInput(`invalid ${subject}: ${describeIssues(result.issues, subject)}`);
  }
  return result.output;
}

function columnOf(column: string | number | undefined): string | null {
  return column === undefined ? null : String(column);
}
