import { Match } from 'aws-cdk-lib/assertions';
import validateDefinition from 'asl-validator';
import { type ExecutionResult, StateMachine, TaskError } from '../../../local/aws/step-functions/state-machine';
import { allStates, definitionOf } from '../definition';
import { synthesized } from '../synthesized';

const { names, template } = synthesized({
  dataset: { readableBuckets: ['team-data'] },
  training: { instancePrices: { 'ml.c7i.4xlarge': 1.2 } },
});
const stack = template(names.batchStack);
const definition = definitionOf(stack);
const States = allStates(definition);
const tasks = Object.entries(States).filter(([, { Type }]) => Type === 'Task');

test('the definition is valid, and says of each state what it is for', () => {
  expect(validateDefinition(definition).errors).toEqual([]);
  expect(Object.entries(States).filter(([, { Comment }]) => (Comment ?? '').length < 20)).toEqual([]);
});

test.each(tasks)('%s is bounded in time, and tries transient faults again', (_, state) => {
  expect(state.TimeoutSeconds).toBeGreaterThan(0);
  expect(state.Retry?.length).toBeGreaterThan(0);
});

test.each(['CutInputs', 'MergeFiles'])('%s leaves room for others in an account of 10 functions at once', (name) => {
  expect(definition.States[name]?.MaxConcurrency).toBeGreaterThan(1);
  expect(definition.States[name]?.MaxConcurrency).toBeLessThanOrEqual(5);
});

test('every failure is explained', () => {
  const inMaps = ['CutInput', 'MergeResults'];
  const catching = Object.entries(definition.States).filter(
    ([name]) => !['ExplainFailure', 'Failed', 'IsAnswered'].includes(name),
  );
  expect(catching.map(([name]) => name).sort()).toEqual(
    ['PlanBatch', 'CutInputs', 'PriceBatch', 'ClassifyParts', 'MergeFiles', 'WriteManifest'].sort(),
  );
  for (const [, { Catch }] of catching) {
    expect(Catch).toEqual([expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: 'ExplainFailure' })]);
  }
  expect(inMaps.every((name) => States[name] !== undefined && definition.States[name] === undefined)).toBe(true);
});

test('the job is one request for the image that serves, with the model and the parts that are missing', () => {
  const { Resource, Arguments, TimeoutSeconds } = States['ClassifyParts'] ?? {};
  expect(Resource).toBe('arn:aws:states:::sagemaker:createProcessingJob.sync');
  const { AppSpecification, ...request } = Arguments as Record<string, Record<string, unknown>>;
  expect(AppSpecification).toEqual({
    ImageUri: expect.stringMatching(
      /^763104351884\.dkr\.ecr\.eu-west-1\..*\/huggingface-pytorch-inference:2\.6\.0-.*-cpu-py312-/,
    ) as string,
    ContainerEntrypoint: [
      'python3',
      expect.stringMatching(/^\/opt\/ml\/processing\/input\/code\/[0-9a-f]{64}\.py$/) as string,
    ],
    ContainerArguments: expect.stringContaining('"--scores", $run.scores') as string,
  });
  const input = (InputName: string, S3Uri: unknown, parts: object = {}) => ({
    InputName,
    S3Input: {
      S3Uri,
      LocalPath: `/opt/ml/processing/input/${InputName}`,
      ...{ S3InputMode: 'File', S3DataType: 'S3Prefix', S3DataDistributionType: 'FullyReplicated' },
      ...parts,
    },
  });
  const output = { S3Uri: '{% $run.run & "/answers" %}', LocalPath: '/opt/ml/processing/output' };
  expect(request).toEqual({
    ProcessingJobName: '{% "classifier-dev-" & $uuid() %}',
    RoleArn: expect.stringContaining('ClassificationRole') as string,
    ProcessingInputs: [
      input('code', expect.stringMatching(/^s3:\/\/cdk-hnb659fds-assets-.*[0-9a-f]{64}\.py$/) as string),
      input('model', '{% $run.model.url %}'),
      input('parts', '{% $job.missingPartsUri %}', {
        S3DataType: 'ManifestFile',
        S3DataDistributionType: 'ShardedByS3Key',
      }),
    ],
    ProcessingOutputConfig: {
      Outputs: [{ OutputName: 'answers', S3Output: { ...output, S3UploadMode: 'Continuous' } }],
    },
    ProcessingResources: {
      ClusterConfig: {
        InstanceType: '{% $run.instanceType %}',
        InstanceCount: '{% $job.instanceCount %}',
        // All that an ml.r5d.large has.
        VolumeSizeInGB: 75,
      },
    },
    StoppingCondition: { MaxRuntimeInSeconds: '{% $job.maxRuntimeInSeconds %}' },
    NetworkConfig: { EnableNetworkIsolation: true },
  });
  // The job's own limit strikes first.
  expect(TimeoutSeconds).toBe(5 * 86_400 + 900);
});

test("Step Functions may run these jobs and hear of their end, and the job's role reads and writes runs alone", () => {
  const statement = (Sid: string, Action: unknown, Resource: unknown) =>
    Match.objectLike({ Sid, Effect: 'Allow', Action, Resource });
  stack.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        statement(
          'RunClassifyParts',
          ['AddTags', 'CreateProcessingJob', 'DescribeProcessingJob', 'ListTags', 'StopProcessingJob'].map(
            (action) => `sagemaker:${action}`,
          ),
          'arn:aws:sagemaker:eu-west-1:123456789012:processing-job/classifier-dev-*',
        ),
        Match.objectLike({
          Sid: 'PassRoleOfClassifyParts',
          Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
        }),
        statement(
          'HearOfTheEndOfClassifyParts',
          ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
          'arn:aws:events:eu-west-1:123456789012:rule/StepFunctionsGetEventsForSageMakerProcessingJobsRule',
        ),
      ]),
    },
  });
  const role = JSON.stringify(
    Object.entries(stack.findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith('ClassificationRole')),
  );
  expect(role).toContain('/batch/*/answers/*');
  expect(role).not.toContain('team-data');
});

describe('an execution', () => {
  const RUN = {
    ...{
      run: 's3://data/batch/0123',
      fileCount: 2,
      model: { url: 's3://m/model.tar.gz' },
      scores: 'best',
      maxErrors: null,
    },
    ...{ overflow: null, instanceType: 'ml.c7i.4xlarge', instanceCount: 4 },
  };
  const JOB = {
    missingParts: 3,
    missingPartsUri: 's3://data/m.json',
    instanceCount: 3,
    pricePerSecond: 0.01,
    maxRuntimeInSeconds: 60,
  };
  const JOB_ENDED = { ProcessingJobName: 'job', ProcessingStartTime: 1_000_000, ProcessingEndTime: 1_120_000 };

  test('goes from the input to the manifest, with a job for what is missing', async () => {
    const { result, states, asked } = await execute({ PlanBatch: { ...RUN, overflow: 'window' } });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { rows: 7 } });
    expect(states).toEqual(
      [
        'PlanBatch',
        'CutInputs',
        'CutInput',
        'CutInput',
        'PriceBatch',
        'IsAnswered',
        'ClassifyParts',
        'MergeFiles',
      ].concat([...['MergeResults', 'MergeResults', 'WriteManifest']]),
    );
    expect(asked['PlanBatch']).toEqual({ input: { input: 's3://in', output: 's3://out' } });
    expect(asked['MergeResults']).toEqual({ run: RUN.run, file: 1 });
    expect(asked['PriceBatch']).toMatchObject({
      run: { instanceCount: 4 },
      cut: [{ rows: 5 }, { rows: 5 }],
      instancePrices: { 'ml.c7i.4xlarge': 1.2 },
    });
    expect(asked['ClassifyParts']).toMatchObject({
      AppSpecification: {
        ContainerArguments: [
          ...['--model', '/opt/ml/processing/input/model', '--parts', '/opt/ml/processing/input/parts'],
          ...['--output', '/opt/ml/processing/output', '--exit_message', '/opt/ml/output/message'],
          ...['--scores', 'best', '--overflow', 'window'],
        ],
      },
      ProcessingResources: { ClusterConfig: { InstanceType: 'ml.c7i.4xlarge', InstanceCount: 3 } },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
    });
    expect(asked['WriteManifest']).toMatchObject({ run: RUN.run, maxErrors: null, costUsd: 1.2 });
    expect((asked['WriteManifest'] as { seconds: number }).seconds).toBeGreaterThanOrEqual(0);
  });

  test('needs no job where every part has answers, and leaves out what the input does', async () => {
    const { states, asked } = await execute({ PriceBatch: { ...JOB, missingParts: 0 } });
    expect(states).not.toContain('ClassifyParts');
    expect(asked['WriteManifest']).toMatchObject({ costUsd: 0 });
    const unknown = await execute({ PriceBatch: { ...JOB, pricePerSecond: null } });
    expect(unknown.asked['WriteManifest']).toMatchObject({ costUsd: null });
    expect(
      (unknown.asked['ClassifyParts'] as { AppSpecification: { ContainerArguments: string[] } }).AppSpecification
        .ContainerArguments,
    ).toHaveLength(10);
  });

  test.each([
    ['PlanBatch', 'PlanBatch'],
    ['CutInput', 'CutInputs'],
    ['ClassifyParts', 'ClassifyParts'],
    ['MergeResults', 'MergeFiles'],
    ['WriteManifest', 'WriteManifest'],
  ])('that fails in %s says so', async (name, told) => {
    const { result, asked } = await execute({ [name]: new TaskError('InvalidInput', 'because') });
    expect(result).toMatchObject({ status: 'FAILED', error: 'Explained', cause: 'what to do' });
    expect(asked['ExplainFailure']).toEqual({ failure: { state: told, error: 'InvalidInput', cause: 'because' } });
  });

  test('waits for about an hour, four minutes at most at a time, where Lambda has no room', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const throttled = new TaskError('Lambda.TooManyRequestsException', 'Rate Exceeded.');
    const { result, waits } = await execute({ WriteManifest: throttled });
    jest.restoreAllMocks();
    expect(result).toMatchObject({ status: 'FAILED', error: 'Explained' });
    expect(Math.max(...waits)).toBe(0.5 * 4 * 60_000);
    const minutes = waits.reduce((sum, wait) => sum + wait) / 60_000;
    expect(minutes).toBeGreaterThan(50);
    expect(minutes).toBeLessThan(70);
  });

  async function execute(
    changes: Readonly<Record<string, unknown>>,
  ): Promise<{ result: ExecutionResult; states: string[]; asked: Record<string, unknown>; waits: number[] }> {
    const answers: Record<string, unknown> = {
      PlanBatch: RUN,
      CutInput: { rows: 5, errors: 0, textBytes: 9, parts: 1 },
      PriceBatch: JOB,
      ClassifyParts: JOB_ENDED,
      MergeResults: { rows: 5 },
      WriteManifest: { rows: 7 },
      ExplainFailure: { error: 'Explained', cause: 'what to do' },
      ...changes,
    };
    const states: string[] = [];
    const asked: Record<string, unknown> = {};
    const waits: number[] = [];
    const machine = StateMachine.parse(definition, () => (given, { stateName }) => {
      asked[stateName] = given;
      const answer = answers[stateName];
      return answer instanceof TaskError ? Promise.reject(answer) : Promise.resolve(answer);
    });
    const result = await machine.start({
      input: { input: 's3://in', output: 's3://out' },
      executionName: 'run-1',
      executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:batch:run-1',
      stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:batch',
      stateMachineName: 'batch',
      roleArn: 'arn:aws:iam::123456789012:role/batch',
      delay: (milliseconds) => {
        waits.push(milliseconds);
        return Promise.resolve();
      },
      onEvent: ({ stateEnteredEventDetails: entered }) => {
        if (entered?.name !== undefined) {
          states.push(entered.name);
        }
      },
    });
    return { result, states, asked, waits };
  }
});
