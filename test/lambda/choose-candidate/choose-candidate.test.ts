import { handler } from '../../../lambda/choose-candidate/index';
import { type Candidate, type CandidateResult, choose } from '../../../lambda/choose-candidate/choose';
import { AllCandidatesFailed } from '../../../lambda/shared/step-errors';

/** Of two instances, at 1.8 USD an hour each: a second costs a tenth of a cent. */
const candidates = [1e-5, 2e-5, 3e-5].map((learningRate): Candidate => ({
  overrides: { learningRate },
  instanceCount: 2,
  instancePrice: 1.8,
}));

function completed(place: number, metrics: Readonly<Record<string, number>> = {}): CandidateResult {
  return {
    modelDataUrl: `s3://artifacts/${place}.tar.gz`,
    metrics,
    seconds: 70,
    billableSeconds: 60,
  };
}

const FAILED: CandidateResult = {
  failure: {
    state: 'TrainCandidate',
    error: 'States.TaskFailed',
    cause: JSON.stringify({
      TrainingJobName: 'job-2',
      TrainingJobStatus: 'Failed',
      FailureReason:
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: too large"\nCommand "x"',
      ...{ TrainingTimeInSeconds: 20, BillableTimeInSeconds: 10 },
    }),
  },
};
const REFUSED: CandidateResult = {
  failure: { state: 'TrainCandidate', error: 'SageMaker.ResourceLimitExceededException', cause: 'no such quota' },
};

test("takes the highest value of the gate's metric, and tells of each what it got, took and cost", async () => {
  const results = [
    completed(0, { 'validation:accuracy': 0.9, 'validation:macro_f1': 0.5 }),
    completed(1, { 'validation:accuracy': 0.8, 'validation:macro_f1': 0.7 }),
    FAILED,
  ];
  await expect(handler({ candidates, results, metric: 'macro_f1' })).resolves.toEqual({
    modelDataUrl: 's3://artifacts/1.tar.gz',
    candidates: [
      {
        overrides: { learningRate: 1e-5 },
        ...{ score: 0.5, seconds: 70, billableSeconds: 60, costUsd: 0.06, reason: null, isChosen: false },
      },
      {
        overrides: { learningRate: 2e-5 },
        ...{ score: 0.7, seconds: 70, billableSeconds: 60, costUsd: 0.06, reason: null, isChosen: true },
      },
      {
        overrides: { learningRate: 3e-5 },
        ...{ score: null, seconds: 20, billableSeconds: 10, costUsd: 0.01, isChosen: false },
        reason: 'training job job-2 ended as Failed: too large',
      },
    ],
    costUsd: 0.13,
  });
  await expect(handler({ candidates, results, metric: 'accuracy' })).resolves.toMatchObject({
    modelDataUrl: 's3://artifacts/0.tar.gz',
  });
});

test('takes the first of equals, and one below zero where there is no better', async () => {
  const equal = completed(0, { 'validation:matthews_correlation': -0.1 });
  const results = [REFUSED, equal, equal];
  const choice = await handler({ candidates, results, metric: 'matthews_correlation' });
  expect(choice.candidates.map(({ isChosen }) => isChosen)).toEqual([false, true, false]);
});

test('takes none whose log has no metric, and knows no cost where it knows no price', async () => {
  const unpriced = candidates.map((candidate) => ({ ...candidate, instancePrice: null }));
  const results = [completed(0, { 'validation:loss': 0.1 }), completed(1, { 'validation:accuracy': 0.2 }), REFUSED];
  const choice = await handler({ candidates: unpriced, results, metric: 'accuracy' });
  expect(choice.modelDataUrl).toBe('s3://artifacts/1.tar.gz');
  expect(choice.candidates).toMatchObject([
    { score: null, costUsd: null, reason: 'its log has no validation_accuracy, to compare it by' },
    { score: 0.2, costUsd: null, reason: null },
    { score: null, seconds: null, billableSeconds: null, costUsd: null, reason: 'no such quota' },
  ]);
});

test('knows no cost where a job has run for nobody knows how long; one that never ran costs nothing', async () => {
  const timedOut: CandidateResult = { failure: { state: 'TrainCandidate', error: 'States.Timeout' } };
  const completedOne = completed(0, { 'validation:accuracy': 0.9 });
  const costOf = async (...results: CandidateResult[]) =>
    (await handler({ candidates, results, metric: 'accuracy' })).costUsd;
  await expect(costOf(completedOne, FAILED, REFUSED)).resolves.toBe(0.07);
  await expect(costOf(completedOne, FAILED, timedOut)).resolves.toBeNull();
});

test('fails where all have failed, with the reason of each', () => {
  expect(() => choose(candidates, [completed(0), FAILED, REFUSED], 'accuracy')).toThrow(
    new AllCandidatesFailed(
      'none of 3 candidates was trained: training.candidates[0]: its log has no validation_accuracy, to compare it by; ' +
        'training.candidates[1]: training job job-2 ended as Failed: too large; training.candidates[2]: no such quota',
    ),
  );
});
