import { TaskError } from '../../../local/aws/step-functions/state-machine';
import { allStates, definitionOf } from '../definition';
import { synthesized } from '../synthesized';
import { execute, type Facts } from './scripted-execution';

const { names, template } = synthesized({ serving: { profile: 'cpu' }, training: { useSpotInstances: true } });
const definition = definitionOf(template(names.trainingStack));
const facts: Facts = { action: 'train', accelerator: 'none', format: 'safetensors' };

/** What Plan says of a candidate. */
function candidate(place: number): object {
  return {
    overrides: { learningRate: (place + 1) / 10_000 },
    hyperParameters: { learning_rate: `0.000${place + 1}` },
    inputDataConfig: [{ ChannelName: 'training' }],
    ...{ instanceType: 'ml.g5.xlarge', instanceCount: 1, instancePrice: 1.408, maxRuntimeInSeconds: 3600 },
    checkpointUri: `s3://data/datasets/run-1/checkpoints/${place}`,
  };
}

/** What of it matters for the comparison. */
function compared(place: number): object {
  return { overrides: { learningRate: (place + 1) / 10_000 }, instanceCount: 1, instancePrice: 1.408 };
}

function planWith(candidates: number): object {
  return {
    action: 'train',
    dataset: { outputUri: 's3://data/datasets/run-1' },
    training: {
      ...candidate(0),
      outputUri: 's3://artifacts/training',
      candidates: Array.from({ length: candidates }, (_, place) => candidate(place)),
      maxConcurrency: 1,
    },
    gate: { metric: 'macro_f1', minimum: 0.5, waived: false },
    serving: { profile: 'cpu', accelerator: 'none', reason: null },
    modelDataUrl: null,
    tracedModelDataUrl: null,
    keepDown: true,
  };
}

/** What SageMaker says of a job that completed. */
const JOB = {
  TrainingJobName: 'job',
  ModelArtifacts: { S3ModelArtifacts: 's3://artifacts/training/job/output/model.tar.gz' },
  FinalMetricDataList: [
    { MetricName: 'validation:macro_f1', Value: 0.8, Timestamp: 1 },
    { MetricName: 'validation:loss', Value: 0.4, Timestamp: 1 },
  ],
  ...{ TrainingTimeInSeconds: 61, BillableTimeInSeconds: 60 },
};
const COMPLETED = {
  modelDataUrl: 's3://artifacts/training/job/output/model.tar.gz',
  metrics: { 'validation:macro_f1': 0.8, 'validation:loss': 0.4 },
  ...{ seconds: 61, billableSeconds: 60 },
};
const CHOICE = {
  modelDataUrl: 's3://artifacts/best.tar.gz',
  candidates: [{ score: 0.8, isChosen: true }],
  costUsd: 0.05,
};

const searching = (candidates: number): Facts => ({
  ...facts,
  answers: { Plan: planWith(candidates), TrainCandidate: JOB, ChooseCandidate: CHOICE },
});

it('trains each candidate as the plan has it, and judges the best', async () => {
  const { result, states, asked } = await execute(definition, searching(2));
  expect(states.slice(2, 8)).toEqual([
    'PrepareDataset',
    'HasCandidates',
    'TrainCandidates',
    'TrainCandidate',
    'TrainCandidate',
    'ChooseCandidate',
  ]);
  expect(asked['TrainCandidate']).toMatchObject({
    HyperParameters: { learning_rate: '0.0002' },
    ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 1 },
    CheckpointConfig: { S3Uri: 's3://data/datasets/run-1/checkpoints/1' },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    OutputDataConfig: { S3OutputPath: 's3://artifacts/training' },
  });
  expect(asked['ChooseCandidate']).toEqual({
    candidates: [compared(0), compared(1)],
    results: [COMPLETED, COMPLETED],
    metric: 'macro_f1',
  });
  expect(asked['QualityGate']).toMatchObject({ modelDataUrl: CHOICE.modelDataUrl });
  expect(result).toMatchObject({ status: 'SUCCEEDED', output: { candidates: CHOICE.candidates, costUsd: 0.05 } });
});

it('trains so many candidates at once as the plan says', () => {
  expect(allStates(definition)['TrainCandidates']).toMatchObject({
    MaxConcurrency: '{% $plan.training.maxConcurrency %}',
  });
});

it('goes on when a candidate fails, and hands on why, in its place', async () => {
  const { result, asked } = await execute(definition, searching(2), { TrainCandidate: ['States.TaskFailed'] });
  expect(asked['ChooseCandidate']).toMatchObject({
    results: [
      { failure: { state: 'TrainCandidate', error: 'States.TaskFailed', cause: 'of TrainCandidate' } },
      COMPLETED,
    ],
  });
  expect(result.status).toBe('SUCCEEDED');
});

/** As SageMaker refuses a training job. */
const atLimit = (limit: number, taken: number, name = 'SageMaker.ResourceLimitExceededException'): TaskError =>
  new TaskError(
    name,
    `The account-level service limit 'ml.g5.xlarge for training job usage' is ${limit} Instances, with current ` +
      `utilization of ${taken} Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an ` +
      'increase for this quota.',
  );

it('waits with a candidate while other jobs take the instances', async () => {
  const { result, states, asked } = await execute(definition, searching(2), {
    TrainCandidate: [atLimit(1, 1), atLimit(10, 10, 'SageMaker.ResourceLimitExceeded')],
  });
  const waits = ['TrainCandidate', 'CanWaitForInstances', 'WaitForInstances'];
  const first = states.indexOf('TrainCandidate');
  expect(states.slice(first, first + 8)).toEqual([...waits, ...waits, 'TrainCandidate', 'TrainCandidate']);
  expect(asked['ChooseCandidate']).toMatchObject({ results: [COMPLETED, COMPLETED] });
  expect(result.status).toBe('SUCCEEDED');
});

/** What the same error says where no end of another job would help. */
const notInRegion = new TaskError(
  'SageMaker.ResourceLimitExceededException',
  'The requested resource training-job/ml.p2.xlarge is not available in this region',
);

it.each([
  ['no job takes any of 0 instances', atLimit(0, 0)],
  ['no job takes any of 1 instance', atLimit(1, 0)],
  ['the region has no such instances', notInRegion],
])('does not wait where %s', async (_, refusal) => {
  const { asked, states } = await execute(definition, searching(2), { TrainCandidate: [refusal] });
  expect(states).not.toContain('WaitForInstances');
  expect(asked['ChooseCandidate']).toMatchObject({
    results: [{ failure: { state: 'TrainCandidate', error: refusal.error, cause: refusal.cause } }, COMPLETED],
  });
});

it('searches among one candidate too, whose log has no metric', async () => {
  const { FinalMetricDataList: _, ...silent } = JOB;
  const { asked } = await execute(definition, {
    ...facts,
    answers: { Plan: planWith(1), TrainCandidate: silent, ChooseCandidate: CHOICE },
  });
  expect(asked['ChooseCandidate']).toEqual({
    candidates: [compared(0)],
    results: [{ ...COMPLETED, metrics: {} }],
    metric: 'macro_f1',
  });
});

it('explains why all failed', async () => {
  const { result, states, asked } = await execute(definition, searching(1), {
    ChooseCandidate: ['AllCandidatesFailed'],
  });
  expect(states.slice(-3)).toEqual(['ChooseCandidate', 'ExplainFailure', 'Failed']);
  expect(asked['ExplainFailure']).toMatchObject({
    failure: { state: 'ChooseCandidate', error: 'AllCandidatesFailed' },
  });
  expect(result.status).toBe('FAILED');
});

it('never repeats a job that ran and failed, and waits as long as for one without candidates', () => {
  const { Train, TrainCandidate } = allStates(definition);
  expect(TrainCandidate?.Retry).toEqual(Train?.Retry);
  expect(TrainCandidate?.TimeoutSeconds).toBe(Train?.TimeoutSeconds);
});
