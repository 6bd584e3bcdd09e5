import { Match } from 'aws-cdk-lib/assertions';
import validateDefinition from 'asl-validator';
import { definitionOf } from './definition';
import { synthesized } from './synthesized';

const { names, template } = synthesized();
const training = template(names.trainingStack);
const definition = definitionOf(training);

const tasks = Object.entries(definition.States).filter(([, state]) => state.Type === 'Task');

it('is a valid definition', () => {
  expect(validateDefinition(definition).errors).toEqual([]);
});

it('goes from the plan to the promotion, and around training with an existing model', () => {
  const path = (start: string, branch: (name: string) => string | undefined): string[] => {
    const names: string[] = [];
    for (let name: string | undefined = start; name !== undefined && !names.includes(name);) {
      names.push(name);
      name = definition.States[name]?.Next ?? branch(name);
    }
    return names;
  };
  const choose = (name: string): string | undefined => definition.States[name]?.Choices?.[0]?.Next;
  expect(path(definition.StartAt, choose)).toEqual([
    'TakeInput',
    'Plan',
    'TrainOrDeploy',
    'PrepareDataset',
    'Train',
    'QualityGate',
    'Deploy',
    'CheckDeployment',
    'DeploymentComplete',
    'SmokeTest',
    'Promote',
  ]);
  expect(definition.States['TrainOrDeploy']?.Default).toBe('UseExistingModel');
  expect(definition.States['UseExistingModel']?.Next).toBe('QualityGate');
  expect(definition.States['DeploymentComplete']?.Default).toBe('WaitForDeployment');
  expect(definition.States['WaitForDeployment']?.Next).toBe('CheckDeployment');
});

it.each(tasks)(
  '%s is bounded in time, tries transient faults again, and ends in the one failure state',
  (name, state) => {
    expect(state.TimeoutSeconds).toBeGreaterThan(0);
    expect(state.Retry?.length).toBeGreaterThan(0);
    if (name !== 'ExplainFailure') {
      expect(state.Catch?.at(-1)).toEqual({
        ErrorEquals: ['States.ALL'],
        ResultPath: '$.failure',
        Next: 'ExplainFailure',
      });
    }
  },
);

it('says why it failed', () => {
  expect(definition.States['ExplainFailure']?.Next).toBe('Failed');
  expect(definition.States['Failed']).toMatchObject({
    Type: 'Fail',
    ErrorPath: '$.explanation.error',
    CausePath: '$.explanation.cause',
  });
});

it('takes a model that is in service already for a success', () => {
  expect(definition.States['Deploy']?.Catch?.[0]).toMatchObject({
    ErrorEquals: ['NothingToDo'],
    Next: 'CheckDeployment',
  });
});

it('never repeats a training job that ran and failed', () => {
  const repeated = definition.States['Train']?.Retry?.flatMap(({ ErrorEquals }) => ErrorEquals);
  expect(repeated).not.toContain('States.ALL');
  expect(repeated).not.toContain('States.TaskFailed');
});

describe('the training job', () => {
  const { Resource, Parameters, TimeoutSeconds } = definition.States['Train'] ?? {};

  it('is one request that takes what may vary from the plan', () => {
    expect(Resource).toBe('arn:aws:states:::sagemaker:createTrainingJob.sync');
    expect(Parameters).toMatchObject({
      'TrainingJobName.$': "States.Format('classifier-dev-{}', States.UUID())",
      'HyperParameters.$': '$.plan.training.hyperParameters',
      'InputDataConfig.$': '$.plan.training.inputDataConfig',
      ResourceConfig: {
        'InstanceType.$': '$.plan.training.instanceType',
        'InstanceCount.$': '$.plan.training.instanceCount',
        VolumeSizeInGB: 50,
      },
      StoppingCondition: { MaxRuntimeInSeconds: 14_400 },
    });
    expect(Parameters).not.toHaveProperty('EnableManagedSpotTraining');
    expect(TimeoutSeconds).toBe(14_400 + 900);
  });

  it.each([
    ['train:loss', '0.4312'],
    ['test:loss', '0.4001'],
    ['test:accuracy', '0.8123'],
    ['test:matthews_correlation', '-0.0512'],
    ['test:macro_f1', '0.7001'],
  ])("captures %s from the training script's line", (name, value) => {
    const line =
      'epoch=1/5 train_loss=0.4312 test_loss=0.4001 test_accuracy=0.8123 ' +
      'test_matthews_correlation=-0.0512 test_macro_f1=0.7001 rows_per_second=310';
    const { MetricDefinitions } = (
      Parameters as { AlgorithmSpecification: { MetricDefinitions: { Name: string; Regex: string }[] } }
    ).AlgorithmSpecification;
    const metric = MetricDefinitions.find(({ Name }) => Name === name);
    expect(new RegExp(metric?.Regex ?? 'none').exec(line)?.[1]).toBe(value);
  });

  it('on spare capacity keeps checkpoints and waits longer than it runs', () => {
    const { names: theirs, template: theirTemplate } = synthesized({ training: { useSpotInstances: true } });
    const state = definitionOf(theirTemplate(theirs.trainingStack)).States['Train'];
    expect(state?.Parameters).toMatchObject({
      EnableManagedSpotTraining: true,
      CheckpointConfig: { 'S3Uri.$': "States.Format('{}/checkpoints', $.plan.dataset.outputUri)" },
      StoppingCondition: { MaxRuntimeInSeconds: 14_400, MaxWaitTimeInSeconds: 28_800 },
    });
    expect(state?.TimeoutSeconds).toBe(28_800 + 900);
  });

  it('may be run, and only with its own role', () => {
    training.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Sid: 'RunTrainingJob',
            Action: [
              'sagemaker:AddTags',
              'sagemaker:CreateTrainingJob',
              'sagemaker:DescribeTrainingJob',
              'sagemaker:ListTags',
              'sagemaker:StopTrainingJob',
            ],
            Resource: 'arn:aws:sagemaker:eu-west-1:123456789012:training-job/classifier-dev-*',
          }),
          Match.objectLike({
            Sid: 'PassTrainingRole',
            Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
          }),
        ]),
      },
    });
  });
});

describe('the Deploy function', () => {
  it("may update the serving stack alone, and only with that stack's own template", () => {
    training.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Sid: 'UpdateServingStack',
            Effect: 'Allow',
            Action: 'cloudformation:UpdateStack',
            Resource: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/classifier-dev-serving/*',
            Condition: { Null: { 'cloudformation:TemplateUrl': 'true' } },
          },
        ]),
      },
    });
  });
});

it('gives the Plan function every default of the configuration', () => {
  const { names: theirs, template: theirTemplate } = synthesized({
    training: { epochs: 9 },
    gate: { metric: 'accuracy', minimum: 0.5 },
  });
  const functions = theirTemplate(theirs.trainingStack).findResources('AWS::Lambda::Function');
  const defaults = Object.values(functions)
    .map(
      (resource) =>
        (resource['Properties'] as { Environment?: { Variables?: Record<string, unknown> } }).Environment?.Variables?.[
          'DEFAULTS'
        ],
    )
    .find((value) => typeof value === 'string');
  expect(JSON.parse(String(defaults))).toMatchObject({
    training: { epochs: 9, baseModel: 'bert-base-uncased' },
    gate: { metric: 'accuracy', minimum: 0.5 },
    serving: { accelerator: 'ml.eia2.xlarge' },
  });
});

it('reads datasets and base models from the buckets that the configuration names', () => {
  const { names: theirs, template: theirTemplate } = synthesized({ dataset: { readableBuckets: ['team-data'] } });
  const policies = Object.entries(theirTemplate(theirs.trainingStack).findResources('AWS::IAM::Policy'));
  const readers = policies
    .filter(([, policy]) => JSON.stringify(policy).includes('arn:aws:s3:::team-data/*'))
    .map(([logicalId]) => logicalId.replace(/(?:ServiceRole)?DefaultPolicy.*$/, ''));
  expect(readers.sort()).toEqual(['FunctionsPrepareDataset', 'TrainingRole']);
});
