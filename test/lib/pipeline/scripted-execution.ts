import { type ExecutionResult, StateMachine, TaskError } from '../../../local/aws/step-functions/state-machine';
import type { Definition } from '../definition';

/** What an execution is about. */
export interface Facts {
  readonly action: 'train' | 'export' | 'deploy' | 'take-down';
  /** What QualityGate finds that can be tried, or "none". */
  readonly accelerator: string;
  readonly format: 'safetensors' | 'torchscript';
  /** The model that was in service before; '' for none. @default - one */
  readonly before?: string;
  /** What served last, by the record of it. @default - `before`, without an accelerator */
  readonly recorded?: { readonly modelDataUrl: string; readonly endpointConfigName: string };
  /** Where the model lies as it was traced before; null for nowhere. @default null */
  readonly traced?: string | null;
  /** What these tasks answer, or fail with, instead, by the state's name. @default - nothing else */
  readonly answers?: Readonly<Record<string, unknown>>;
}

/** An execution that has ended. */
export interface Ended {
  readonly result: ExecutionResult;
  /** The states that it came to, in order. */
  readonly states: readonly string[];
  /** What each task was asked, by the state's name; of several times, the last. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** Of the largest input, output and request of a task, in bytes. */
  readonly largestBytes: number;
}

const MODEL = 's3://artifacts/models/abc/model.tar.gz';
const TRACED = 's3://artifacts/models/def/model.tar.gz';
const JOB = { TrainingJobName: 'job-1', TrainingTimeInSeconds: 61, BillableTimeInSeconds: 60 };
const REPORT = 's3://artifacts/training/job-1/report.html';

/** What each task answers, by the state's name. */
function answersOf({
  action,
  accelerator,
  format,
  before = 's3://artifacts/models/old/model.tar.gz',
  recorded = { modelDataUrl: before, endpointConfigName: '' },
  traced = null,
}: Facts): Readonly<Record<string, unknown>> {
  const previous = { ModelDataUrl: before, AcceleratedEndpointConfigName: '' };
  return {
    Plan: {
      action,
      dataset: { source: 's3://data/x.csv', outputUri: 's3://data/datasets/run-1' },
      training: {
        hyperParameters: { epochs: '3' },
        inputDataConfig: [{ ChannelName: 'training' }, { ChannelName: 'testing' }],
        outputUri: 's3://artifacts/training',
        instanceType: 'ml.g5.xlarge',
        ...{ instanceCount: 2, instancePrice: 1.408 },
        maxRuntimeInSeconds: 3600,
        candidates: [],
        maxConcurrency: 2,
      },
      gate: { metric: 'accuracy', minimum: 0.5, waived: false },
      serving: { profile: 'elastic-inference', accelerator, reason: null },
      modelDataUrl: action === 'deploy' ? 's3://artifacts/theirs.tar.gz' : null,
      tracedModelDataUrl: traced,
      keepDown: action === 'train',
    },
    PrepareDataset: { rows: 10, trainRows: 7, testRows: 3 },
    Train: { ...JOB, ModelArtifacts: { S3ModelArtifacts: 's3://artifacts/training/job-1/model.tar.gz' } },
    TrainCandidate: { ...JOB, ModelArtifacts: { S3ModelArtifacts: 's3://artifacts/training/job-3/model.tar.gz' } },
    ChooseCandidate: { modelDataUrl: 's3://artifacts/training/job-3/model.tar.gz', candidates: [], costUsd: 0.3 },
    WriteReport: { url: REPORT, warnings: [] },
    QualityGate: {
      ...{ modelDataUrl: MODEL, reportUrl: 's3://artifacts/models/abc/report.html', formerModel: null },
      lastDeployment: recorded,
      ...{ format, accelerator, reason: null, isSlow: false },
      ...{
        metrics: { accuracy: 0.9 },
        fp32: { accuracy: 0.91 },
        evaluation: { labelCount: 2 },
        warnings: ['it is small'],
      },
    },
    ProbeAccelerator: null,
    Trace: { ...JOB, ModelArtifacts: { S3ModelArtifacts: 's3://artifacts/traced/job-2/model.tar.gz' } },
    StoreTracedModel: { modelDataUrl: TRACED },
    FallBack: {
      ...{ profile: 'cpu', accelerator: 'none', modelDataUrl: MODEL, endpointConfigName: '' },
      reason: 'AWS refused the accelerator',
    },
    NotifyOfRefusal: { MessageId: '1' },
    DeployAccelerated: { stackName: 'accelerated', previous: { ModelDataUrl: '' } },
    CheckAcceleratedDeployment: { status: 'COMPLETE', endpointConfigName: 'accelerated-config' },
    Deploy: { stackName: 'serving', previous },
    DeployPrevious: { stackName: 'serving', previous: {} },
    CheckPreviousDeployment: { status: 'COMPLETE', endpointConfigName: 'config' },
    CheckDeployment: { status: 'COMPLETE', endpointConfigName: 'config' },
    SmokeTest: { endpointName: 'endpoint', endpointConfigName: 'config', milliseconds: 12, warnings: ['it is slow'] },
    Promote: { ETag: '"1"' },
    RetireModels: { endpointConfigs: 0, models: 0 },
    ExplainFailure: { error: 'Explained', cause: 'what, why and what to do' },
  };
}

/**
 * Runs a definition to its end by the local interpreter, with an answer for each task.
 *
 * @param failures the error of a state's first attempts, one after the other; what follows is answered
 */
export async function execute(
  definition: Definition,
  facts: Facts,
  failures: Readonly<Record<string, readonly (string | TaskError)[]>> = {},
): Promise<Ended> {
  const answers = { ...answersOf(facts), ...facts.answers };
  const left = new Map(Object.entries(failures).map(([name, errors]) => [name, [...errors]]));
  const states: string[] = [];
  const asked: Record<string, unknown> = {};
  const sizes: number[] = [];
  const machine = StateMachine.parse(definition, () => (given, { stateName }) => {
    asked[stateName] = given;
    sizes.push(Buffer.byteLength(JSON.stringify(given)));
    const error = left.get(stateName)?.shift();
    const answer = typeof error === 'string' ? new TaskError(error, `of ${stateName}`) : (error ?? answers[stateName]);
    return answer instanceof TaskError ? Promise.reject(answer) : Promise.resolve(answer);
  });
  const result = await machine.start({
    input: {},
    executionName: 'run-1',
    executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:pipeline:run-1',
    stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:pipeline',
    stateMachineName: 'pipeline',
    roleArn: 'arn:aws:iam::123456789012:role/pipeline',
    delay: () => Promise.resolve(),
    onEvent: ({ stateEnteredEventDetails: entered, stateExitedEventDetails: exited }) => {
      sizes.push(...[entered?.input, exited?.output].map((json) => Buffer.byteLength(json ?? '')));
      if (entered?.name !== undefined) {
        states.push(entered.name);
      }
    },
  });
  return { result, states, asked, largestBytes: Math.max(...sizes) };
}
