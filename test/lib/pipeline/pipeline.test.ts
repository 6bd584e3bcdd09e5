import { Match, type Template } from 'aws-cdk-lib/assertions';
import validateDefinition from 'asl-validator';
import * as v from 'valibot';
import { executionInputSchema } from '../../../lambda/shared/execution-input';
import { executionParametersSchema } from '../../../lambda/shared/plan';
import type { ServingSettings } from '../../../lambda/shared/serving-settings';
import { parseConfiguration } from '../../../lib/configuration/configuration';
import { allStates, definitionOf } from '../definition';
import { synthesized } from '../synthesized';
import { execute, type Facts } from './scripted-execution';

const withAccelerator = trainingStackOf({ notifications: { emails: ['team@example.com'] } });
const onCpu = trainingStackOf({ serving: { profile: 'cpu' } });
const training = withAccelerator;
const definition = definitionOf(training);

function trainingStackOf(configuration: unknown): Template {
  const { names, template } = synthesized(configuration);
  return template(names.trainingStack);
}

it('shows inputs that an execution takes', () => {
  const examples = (definition.Comment ?? '').split('Inputs: ')[1]?.split('; ') ?? [];
  expect(examples).toHaveLength(5);
  for (const example of examples) {
    const input: unknown = JSON.parse(example.slice(0, example.lastIndexOf('}') + 1));
    expect(v.safeParse(executionInputSchema, input).issues).toBeUndefined();
  }
});

describe.each([
  ['elastic-inference', withAccelerator],
  ['cpu', onCpu],
  ['gpu', trainingStackOf({ serving: { profile: 'gpu' } })],
  ['serverless', trainingStackOf({ serving: { profile: 'serverless' } })],
])('the pipeline of %s', (profile, stack) => {
  const States = allStates(definitionOf(stack));
  const tasks = Object.entries(States).filter(([, state]) => state.Type === 'Task');

  it('is a valid definition', () => {
    expect(validateDefinition(definitionOf(stack)).errors).toEqual([]);
  });

  it.each(tasks)('%s is bounded in time, and tries transient faults again', (_, state) => {
    expect(state.TimeoutSeconds).toBeGreaterThan(0);
    expect(state.Retry?.length).toBeGreaterThan(0);
  });

  it('says of each state what it is for, and moves data in none', () => {
    expect(Object.entries(States).filter(([, { Comment }]) => (Comment ?? '').length < 20)).toEqual([]);
    expect(Object.values(States).map(({ Type }) => Type)).not.toContain('Pass');
  });

  it('explains every failure, but lets AWS refuse an accelerator on the way to one', () => {
    const caught = tasks.map(([name, { Catch }]) => [name, Catch?.find(({ ErrorEquals }) => isAny(ErrorEquals))]);
    const to = (next: string): object => ({
      ErrorEquals: ['States.ALL'],
      Assign: { failure: expect.stringContaining('$states.context.State.Name') as string },
      Next: next,
    });
    const back = {
      ErrorEquals: ['States.ALL'],
      Assign: { failure: expect.stringContaining('not-restored') as string },
      Next: 'ExplainFailure',
    };
    const mayBeRefused = profile === 'elastic-inference';
    expect(Object.fromEntries(caught)).toEqual({
      ...Object.fromEntries(
        ['Plan', 'PrepareDataset', 'Train', 'ChooseCandidate', 'QualityGate', 'Promote'].map((name) => [
          name,
          to('ExplainFailure'),
        ]),
      ),
      // The model goes on without a report.
      WriteReport: {
        ErrorEquals: ['States.ALL'],
        Assign: { report: expect.stringContaining('could not be written') as string },
        Next: 'QualityGate',
      },
      // The others go on.
      TrainCandidate: { ErrorEquals: ['States.ALL'], Next: 'CandidateFailed' },
      Deploy: to(mayBeRefused ? 'DeploymentFailed' : 'ExplainFailure'),
      CheckDeployment: to(mayBeRefused ? 'DeploymentFailed' : 'ExplainFailure'),
      SmokeTest: to('ChangedWhatServes'),
      DeployPrevious: back,
      CheckPreviousDeployment: back,
      ...(mayBeRefused
        ? {
            ProbeAccelerator: to('FallBack'),
            Trace: to('FallBack'),
            StoreTracedModel: to('FallBack'),
            DeployAccelerated: to('FallBack'),
            CheckAcceleratedDeployment: to('FallBack'),
            FallBack: to('ExplainFailure'),
            // The model is deployed whether or not somebody can be told of it.
            NotifyOfRefusal: { ErrorEquals: ['States.ALL'], Next: 'Deploy' },
          }
        : {}),
      // What was asked for is done whether or not older models can be deleted.
      RetireModels: { ErrorEquals: ['States.ALL'], Next: 'Succeeded' },
      ExplainFailure: undefined,
    });
    // A Catch that follows it would never be looked at.
    expect(tasks.filter(([, { Catch }]) => Catch?.slice(0, -1).some(({ ErrorEquals }) => isAny(ErrorEquals)))).toEqual(
      [],
    );
  });

  it('takes what is in service already for a success', () => {
    expect(States['Deploy']?.Catch?.[0]).toMatchObject({ ErrorEquals: ['NothingToDo'], Next: 'CheckDeployment' });
  });

  it('waits for another deployment to end', () => {
    expect(States['Deploy']?.Retry).toContainEqual(
      expect.objectContaining({ ErrorEquals: ['StackBusy'], IntervalSeconds: 60, MaxAttempts: 60 }),
    );
  });
});

describe('the way', () => {
  const DEPLOY = ['Deploy', 'CheckDeployment', 'DeploymentComplete', 'IsInService'];
  const SERVE = [...DEPLOY, 'SmokeTest', 'Promote', 'RetireModels', 'Succeeded'];
  const START = ['Plan', 'ChooseAction'];
  const TRAIN = [...START, 'PrepareDataset', 'HasCandidates', 'Train', 'WriteReport', 'QualityGate'];
  const ATTEMPT = ['TryAccelerator', 'ProbeAccelerator', 'IsTraced'];
  const TRACE = ['Trace', 'StoreTracedModel'];
  const DEPLOY_ACCELERATED = ['DeployAccelerated', 'CheckAcceleratedDeployment', 'AcceleratedDeploymentComplete'];
  const FALL_BACK = ['FallBack', 'NotifyOfRefusal'];
  const FAILED = ['ExplainFailure', 'Failed'];
  const accelerated: Facts = { action: 'train', accelerator: 'ml.eia2.xlarge', format: 'safetensors' };
  const plain: Facts = { ...accelerated, accelerator: 'none' };

  it.each<{ of: string; stack: Template; facts: Facts; fails?: string; states: string[] }>([
    {
      of: 'training for the accelerator',
      stack: withAccelerator,
      facts: accelerated,
      states: [...TRAIN, ...ATTEMPT, ...TRACE, ...DEPLOY_ACCELERATED, ...SERVE],
    },
    {
      of: 'training without it',
      stack: withAccelerator,
      facts: plain,
      states: [...TRAIN, 'TryAccelerator', ...SERVE],
    },
    {
      of: 'an artifact for the accelerator',
      stack: withAccelerator,
      facts: { ...accelerated, action: 'deploy' },
      states: [...START, 'QualityGate', ...ATTEMPT, ...TRACE, ...DEPLOY_ACCELERATED, ...SERVE],
    },
    {
      of: 'an artifact that is traced already',
      stack: withAccelerator,
      facts: { ...accelerated, action: 'deploy', format: 'torchscript' },
      states: [...START, 'QualityGate', ...ATTEMPT, ...DEPLOY_ACCELERATED, ...SERVE],
    },
    {
      of: 'bringing back a model that was traced before',
      stack: withAccelerator,
      facts: { ...accelerated, action: 'deploy', traced: 's3://artifacts/models/def/model.tar.gz' },
      states: [...START, 'QualityGate', ...ATTEMPT, ...DEPLOY_ACCELERATED, ...SERVE],
    },
    { of: 'training for a CPU', stack: onCpu, facts: plain, states: [...TRAIN, ...SERVE] },
    {
      of: 'an artifact for a CPU',
      stack: onCpu,
      facts: { ...plain, action: 'deploy', format: 'torchscript' },
      states: [...START, 'QualityGate', ...SERVE],
    },
    {
      of: 'a finished classifier, without data',
      stack: onCpu,
      facts: { ...plain, action: 'export' },
      states: [...START, 'Train', 'WriteReport', 'QualityGate', ...SERVE],
    },
    ...[withAccelerator, onCpu].map((stack) => ({
      of: 'taking the endpoint down',
      stack,
      facts: { ...plain, action: 'take-down' } as const,
      states: [...START, ...DEPLOY, 'RetireModels', 'Succeeded'],
    })),
    {
      of: 'a refusal by the probe',
      stack: withAccelerator,
      facts: accelerated,
      fails: 'ProbeAccelerator',
      states: [...TRAIN, 'TryAccelerator', 'ProbeAccelerator', ...FALL_BACK, ...SERVE],
    },
    {
      of: 'a refusal of the leaf stack',
      stack: withAccelerator,
      facts: accelerated,
      fails: 'DeployAccelerated',
      states: [...TRAIN, ...ATTEMPT, ...TRACE, 'DeployAccelerated', ...FALL_BACK, ...SERVE],
    },
    {
      of: 'a refusal of the endpoint',
      stack: withAccelerator,
      facts: accelerated,
      fails: 'CheckDeployment',
      states: [
        ...[...TRAIN, ...ATTEMPT, ...TRACE, ...DEPLOY_ACCELERATED],
        ...['Deploy', 'CheckDeployment', 'DeploymentFailed', ...FALL_BACK, ...SERVE],
      ],
    },
    {
      of: 'a deployment without the accelerator that fails',
      stack: withAccelerator,
      facts: plain,
      fails: 'CheckDeployment',
      states: [...TRAIN, 'TryAccelerator', 'Deploy', 'CheckDeployment', 'DeploymentFailed', ...FAILED],
    },
    {
      of: 'a deployment to a CPU that fails',
      stack: onCpu,
      facts: plain,
      fails: 'Deploy',
      states: [...TRAIN, 'Deploy', ...FAILED],
    },
    {
      of: 'an input that is refused',
      stack: onCpu,
      facts: plain,
      fails: 'Plan',
      states: ['Plan', ...FAILED],
    },
  ])('of $of is complete', async ({ stack, facts, fails, states }) => {
    const ended = await execute(definitionOf(stack), facts, fails === undefined ? {} : { [fails]: ['SomeError'] });
    expect(ended.states).toEqual(states);
    expect(ended.result).toMatchObject(
      states.at(-1) === 'Failed'
        ? { status: 'FAILED', error: 'Explained', cause: 'what, why and what to do' }
        : { status: 'SUCCEEDED' },
    );
  });

  it('to a failure keeps the state that failed, its error and its cause', async () => {
    const { asked } = await execute(definitionOf(onCpu), plain, { Train: ['States.TaskFailed'] });
    expect(asked['ExplainFailure']).toEqual({
      failure: { state: 'Train', error: 'States.TaskFailed', cause: 'of Train' },
    });
  });

  it('of an endpoint that is taken down answers null, and hands the stack no model', async () => {
    const { result, asked } = await execute(definition, { ...plain, action: 'take-down' });
    expect(result).toMatchObject({ output: { endpointName: null, modelDataUrl: null } });
    expect(asked['Deploy']).toEqual({
      stackName: 'classifier-dev-serving',
      parameters: { ModelDataUrl: '', AcceleratedEndpointConfigName: '' },
      keepDown: false,
    });
  });

  it('goes on when nobody can be told of a refusal', async () => {
    const ended = await execute(definition, accelerated, {
      ProbeAccelerator: ['Refused'],
      NotifyOfRefusal: Array.from({ length: 9 }, () => 'SNS.NotFoundException'),
    });
    expect(ended.result.status).toBe('SUCCEEDED');
    expect(ended.states.slice(-9)).toEqual(['NotifyOfRefusal', ...SERVE]);
  });

  it('goes on with the same model when it is in service already', async () => {
    const { states } = await execute(definitionOf(onCpu), plain, { Deploy: ['NothingToDo'] });
    expect(states).toEqual([...TRAIN, ...SERVE]);
  });

  it('waits until a stack is through', () => {
    for (const qualifier of ['', 'Accelerated']) {
      expect(definition.States[`${qualifier}DeploymentComplete`]?.Default).toBe(`WaitFor${qualifier}Deployment`);
      expect(definition.States[`WaitFor${qualifier}Deployment`]?.Next).toBe(`Check${qualifier}Deployment`);
    }
  });
});

describe('a smoke test that fails', () => {
  const facts: Facts = { action: 'train', accelerator: 'none', format: 'safetensors' };
  const BACK = ['SmokeTest', 'ChangedWhatServes', 'DeployPrevious'];
  const COMPLETE = ['CheckPreviousDeployment', 'PreviousDeploymentComplete'];
  const failure = { state: 'SmokeTest', error: 'SmokeTestFailed', cause: 'of SmokeTest' };

  it.each([
    ['puts back what was in service', {}, 'restored'],
    ['takes the endpoint down where there was none', { before: '' }, 'taken-down'],
  ])('%s', async (_, before, aftermath) => {
    const { states, asked, result } = await execute(
      definition,
      { ...facts, ...before },
      { SmokeTest: ['SmokeTestFailed'] },
    );
    expect(states.slice(-7)).toEqual([...BACK, ...COMPLETE, 'ExplainFailure', 'Failed']);
    expect(asked['DeployPrevious']).toEqual({
      stackName: 'classifier-dev-serving',
      parameters: {
        ModelDataUrl: '',
        ...('before' in before ? {} : { ModelDataUrl: 's3://artifacts/models/old/model.tar.gz' }),
        AcceleratedEndpointConfigName: '',
      },
      // Nobody else's deployment.
      replacing: { ModelDataUrl: 's3://artifacts/models/abc/model.tar.gz', AcceleratedEndpointConfigName: '' },
    });
    expect(asked['ExplainFailure']).toEqual({ failure: { ...failure, aftermath } });
    expect(result.status).toBe('FAILED');
  });

  it.each([
    ['Superseded', 'superseded'],
    ['Broken', 'not-restored'],
  ])('is told as it was when the way back ends as %s', async (error, aftermath) => {
    const fails = { SmokeTest: ['SmokeTestFailed'], DeployPrevious: [error] };
    const { states, asked } = await execute(definitionOf(onCpu), facts, fails);
    expect(states.slice(-5)).toEqual([...BACK, 'ExplainFailure', 'Failed']);
    expect(asked['ExplainFailure']).toEqual({ failure: { ...failure, aftermath } });
  });

  describe('of a model that the stack had already', () => {
    const DEPLOYED = 's3://artifacts/models/abc/model.tar.gz';
    const OLD = 's3://artifacts/models/old/model.tar.gz';
    const fails = { Deploy: ['NothingToDo'], SmokeTest: ['SmokeTestFailed'] };
    const accelerated: Facts = { ...facts, accelerator: 'ml.eia2.xlarge' };

    it.each([
      ['to what was in service last', facts, [OLD, ''], 'restored'],
      ['to its accelerator', facts, [OLD, 'old-config'], 'restored'],
      ['to it without an accelerator', accelerated, [DEPLOYED, ''], 'restored'],
      ['to nothing where nothing ever was in service', facts, ['', ''], 'taken-down'],
    ] as const)('goes back %s', async (_, of, [modelDataUrl, endpointConfigName], aftermath) => {
      const recorded = { modelDataUrl, endpointConfigName };
      const { states, asked } = await execute(definition, { ...of, recorded }, fails);
      expect(states.slice(-7)).toEqual([...BACK, ...COMPLETE, 'ExplainFailure', 'Failed']);
      expect(asked['DeployPrevious']).toEqual({
        stackName: 'classifier-dev-serving',
        parameters: { ModelDataUrl: modelDataUrl, AcceleratedEndpointConfigName: endpointConfigName },
        replacing: {
          ModelDataUrl: DEPLOYED,
          AcceleratedEndpointConfigName: of === accelerated ? 'accelerated-config' : '',
        },
      });
      expect(asked['ExplainFailure']).toEqual({ failure: { ...failure, aftermath } });
    });

    it.each([
      ['was lost', 'Lambda.SdkClientException'],
      ['did not come in the time of the state', 'States.Timeout'],
      ['did not come in the time of the function', 'Sandbox.Timedout'],
    ])('goes back also where that was by an attempt whose answer %s', async (_, error) => {
      const lost = [error, 'StackBusy', 'StackBusy', 'NothingToDo'];
      const { asked } = await execute(definitionOf(onCpu), facts, { ...fails, Deploy: lost });
      expect(asked['DeployPrevious']).toMatchObject({ parameters: { ModelDataUrl: OLD } });
    });

    it.each([
      ['without an accelerator', onCpu, facts, ''],
      ['without one, which another profile had', onCpu, facts, 'old-config'],
      ['with an accelerator', withAccelerator, accelerated, 'accelerated-config'],
    ])('changes nothing where it was in service as it is, %s', async (_, stack, of, endpointConfigName) => {
      const recorded = { modelDataUrl: DEPLOYED, endpointConfigName };
      const { states, asked } = await execute(definitionOf(stack), { ...of, recorded }, fails);
      expect(states.slice(-4)).toEqual(['SmokeTest', 'ChangedWhatServes', 'ExplainFailure', 'Failed']);
      expect(asked['ExplainFailure']).toEqual({ failure: { ...failure, aftermath: 'unchanged' } });
    });
  });
});

it('leaves an endpoint down that was taken down while it trained, and tells what to do', async () => {
  const facts: Facts = { action: 'train', accelerator: 'none', format: 'safetensors' };
  const { states, asked, result } = await execute(definitionOf(onCpu), facts, { Deploy: ['TakenDownSince'] });
  expect(asked['Deploy']).toMatchObject({ keepDown: true });
  expect(states.at(-1)).toBe('StaysDown');
  expect(result).toMatchObject({
    status: 'SUCCEEDED',
    output: {
      endpointName: null,
      modelDataUrl: 's3://artifacts/models/abc/model.tar.gz',
      metrics: { accuracy: 0.9 },
      reason: expect.stringContaining('"evenIfTakenDown"') as string,
    },
  });
});

describe('what is in service', () => {
  const facts: Facts = { action: 'train', accelerator: 'none', format: 'safetensors' };
  const summary = {
    endpointName: 'endpoint',
    modelDataUrl: 's3://artifacts/models/abc/model.tar.gz',
    metrics: { accuracy: 0.9 },
    fp32: { accuracy: 0.91 },
    evaluation: { labelCount: 2 },
    warnings: ['it is small', 'it is slow'],
    candidates: null,
    report: 's3://artifacts/models/abc/report.html',
    // A minute of two instances at 1.408 USD an hour.
    ...{ formerModel: null, costUsd: 0.0469 },
    promotedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
    execution: 'arn:aws:states:eu-west-1:123456789012:execution:pipeline:run-1',
  };

  it('is the output, and is recorded with how it came to be', async () => {
    const { result, asked } = await execute(definitionOf(onCpu), facts);
    const serving = {
      ...{ profile: 'cpu', accelerator: 'none', reason: null },
      ...{ modelDataUrl: summary.modelDataUrl, endpointConfigName: '' },
    };
    const dataset = { rows: 10, trainRows: 7, testRows: 3 };
    expect(result).toEqual({ status: 'SUCCEEDED', output: { ...summary, serving, dataset } });
    expect(asked['Promote']).toEqual({
      Bucket: 'Fn::ImportValue',
      Key: 'in-service.json',
      Body: {
        ...{ ...summary, serving },
        plan: expect.objectContaining({ action: 'train' }) as object,
        dataset,
        smokeTest: {
          endpointName: 'endpoint',
          endpointConfigName: 'config',
          milliseconds: 12,
          warnings: ['it is slow'],
        },
      },
      ContentType: 'application/json',
    });
  });

  it('is the output also when older models cannot be deleted', async () => {
    const { result, states } = await execute(definitionOf(onCpu), facts, { RetireModels: ['StackBusy'] });
    expect(states.slice(-3)).toEqual(['Promote', 'RetireModels', 'Succeeded']);
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: summary });
  });

  it('has no cost where the price of the instances is not known', async () => {
    const { asked } = await execute(definitionOf(onCpu), facts);
    const plan = (asked['WriteReport'] as { plan: { training: object } }).plan;
    const unpriced = { ...plan, training: { ...plan.training, instancePrice: null } };
    const { result } = await execute(definitionOf(onCpu), { ...facts, answers: { Plan: unpriced } });
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { costUsd: null } });
  });

  it('has neither dataset nor cost where nothing was trained', async () => {
    const { asked } = await execute(definitionOf(onCpu), { ...facts, action: 'deploy' });
    expect(asked['Promote']).toMatchObject({ Body: { dataset: null, costUsd: 0 } });
    expect(asked['QualityGate']).toMatchObject({ modelDataUrl: 's3://artifacts/theirs.tar.gz' });
  });
});

describe('the report of a training', () => {
  const facts: Facts = { action: 'train', accelerator: 'none', format: 'safetensors' };

  it('is written of all that is known, and handed to the gate', async () => {
    const { asked } = await execute(definitionOf(onCpu), facts);
    expect(asked['WriteReport']).toMatchObject({
      execution: 'run-1',
      modelDataUrl: 's3://artifacts/training/job-1/model.tar.gz',
      plan: { action: 'train' },
      dataset: { rows: 10 },
      candidates: null,
      job: { seconds: 61, billableSeconds: 60 },
    });
    expect(asked['QualityGate']).toMatchObject({ reportUrl: 's3://artifacts/training/job-1/report.html' });
  });

  it('keeps no model back that it cannot be written of, which is told', async () => {
    const { result, asked } = await execute(definitionOf(onCpu), facts, { WriteReport: ['ValiError'] });
    expect(asked['QualityGate']).toMatchObject({ reportUrl: null });
    expect(result).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        warnings: [
          'it is small',
          'the report of the training could not be written (ValiError); the log of the function write-report says why',
          'it is slow',
        ],
      },
    });
  });

  it('is of no training where none was done', async () => {
    const { states, asked } = await execute(definitionOf(onCpu), { ...facts, action: 'deploy' });
    expect(states).not.toContain('WriteReport');
    expect(asked['QualityGate']).toMatchObject({ reportUrl: null });
  });
});

describe('the attempt at an accelerator', () => {
  const { States } = definition;
  const facts: Facts = { action: 'train', accelerator: 'ml.eia2.xlarge', format: 'safetensors' };

  it('hands the accelerated stack the traced model and the accelerator', async () => {
    const { asked } = await execute(definition, facts);
    const payload = {
      stackName: 'classifier-dev-serving-accelerated',
      parameters: { ModelDataUrl: 's3://artifacts/models/def/model.tar.gz', AcceleratorType: 'ml.eia2.xlarge' },
    };
    expect(asked['DeployAccelerated']).toEqual(payload);
    expect(asked['CheckAcceleratedDeployment']).toEqual(payload);
  });

  it('is unknown to the serving stack of another profile', async () => {
    const { asked } = await execute(definitionOf(onCpu), { ...facts, accelerator: 'none' });
    expect(asked['Deploy']).toHaveProperty('parameters', { ModelDataUrl: 's3://artifacts/models/abc/model.tar.gz' });
  });

  it('hands the serving stack the model itself, with the accelerated configuration or none', async () => {
    const { asked, result } = await execute(definition, facts);
    const payload = {
      stackName: 'classifier-dev-serving',
      parameters: {
        ModelDataUrl: 's3://artifacts/models/abc/model.tar.gz',
        AcceleratedEndpointConfigName: 'accelerated-config',
      },
    };
    expect(asked['Deploy']).toEqual({ ...payload, keepDown: true });
    expect(asked['CheckDeployment']).toEqual(payload);
    expect(result).toMatchObject({
      output: {
        serving: {
          profile: 'elastic-inference',
          accelerator: 'ml.eia2.xlarge',
          modelDataUrl: 's3://artifacts/models/def/model.tar.gz',
          endpointConfigName: 'accelerated-config',
          reason: null,
        },
      },
    });
    expect(asked['SmokeTest']).toMatchObject({
      modelDataUrl: 's3://artifacts/models/def/model.tar.gz',
      isToldSlow: false,
    });
  });

  it('does not ask the gate about a traced model again', async () => {
    const { asked } = await execute(definition, facts);
    expect(asked['StoreTracedModel']).toMatchObject({
      reportUrl: null,
      modelDataUrl: 's3://artifacts/traced/job-2/model.tar.gz',
      gate: { waived: true },
    });
  });

  it('keeps a failure that is no refusal as it was', async () => {
    const { asked } = await execute(definition, facts, { Trace: ['States.TaskFailed'], FallBack: ['NotARefusal'] });
    expect(asked['ExplainFailure']).toEqual({
      failure: { state: 'Trace', error: 'States.TaskFailed', cause: 'of Trace' },
    });
  });

  it('tells the subscribers of a refusal what happened, why, to what, and what to do', async () => {
    const { asked } = await execute(definition, facts, { ProbeAccelerator: ['Refused'] });
    expect(asked['NotifyOfRefusal']).toEqual({
      TopicArn: expect.stringMatching(/^NotificationsTopic/) as string,
      Subject: 'ml.eia2.xlarge was refused: the CPU serves',
      Message:
        'AWS refused the Elastic Inference accelerator ml.eia2.xlarge, so the same model is being deployed without it.\n\n' +
        'Reason: AWS refused the accelerator\n\n' +
        'Model: s3://artifacts/models/abc/model.tar.gz\n\n' +
        'Execution: arn:aws:states:eu-west-1:123456789012:execution:pipeline:run-1\n\n' +
        'To skip the attempt, set serving.accelerator to "none" in the execution input, or serving.profile to "cpu" in ' +
        'the configuration.',
    });
  });

  it('is not there, nor anything for it, where no accelerator is configured', () => {
    const cpu = JSON.stringify({ ...definitionOf(onCpu).States, ...onCpu.toJSON() });
    for (const name of ['ProbeAccelerator', 'TracingRole', 'DeployAccelerated', 'pytorch-training:1.3.1']) {
      expect(JSON.stringify({ ...States, ...withAccelerator.toJSON() })).toContain(name);
      expect(cpu).not.toContain(name);
    }
    expect(Object.keys(definitionOf(onCpu).States)).not.toContain('FallBack');
  });
});

it('never repeats a training job that ran and failed', () => {
  const repeated = definition.States['Train']?.Retry?.flatMap(({ ErrorEquals }) => ErrorEquals);
  expect(repeated).not.toContain('States.ALL');
  expect(repeated).not.toContain('States.TaskFailed');
});

describe('the training job', () => {
  const { Resource, Arguments, TimeoutSeconds } = definition.States['Train'] ?? {};

  it('is one request that takes what may vary from the plan', () => {
    expect(Resource).toBe('arn:aws:states:::sagemaker:createTrainingJob.sync');
    expect(Arguments).toMatchObject({
      TrainingJobName: '{% "classifier-dev-" & $uuid() %}',
      HyperParameters: '{% $plan.training.hyperParameters %}',
      InputDataConfig: '{% $plan.training.inputDataConfig %}',
      ResourceConfig: {
        InstanceType: '{% $plan.training.instanceType %}',
        InstanceCount: '{% $plan.training.instanceCount %}',
        VolumeSizeInGB: 50,
      },
      StoppingCondition: { MaxRuntimeInSeconds: '{% $plan.training.maxRuntimeInSeconds %}' },
    });
    expect(Arguments).not.toHaveProperty('EnableManagedSpotTraining');
    expect(TimeoutSeconds).toBe(14_400 + 900);
  });

  it.each([
    ['train:loss', '0.4312'],
    ['validation:loss', '0.3901'],
    ['validation:accuracy', '0.8223'],
    ['validation:matthews_correlation', '-0.0412'],
    ['validation:micro_f1', '0.8223'],
    ['validation:macro_f1', '0.7101'],
    ['test:loss', '0.4001'],
    ['test:accuracy', '0.8123'],
    ['test:matthews_correlation', '-0.0512'],
    ['test:micro_f1', '0.8123'],
    ['test:macro_f1', '0.7001'],
  ])("captures %s from the training script's lines", (name, value) => {
    const line = [
      'epoch=0.5/5 train_loss=0.4312 validation_loss=0.3901 validation_matthews_correlation=-0.0412 ' +
        'validation_accuracy=0.8223 validation_micro_f1=0.8223 validation_macro_f1=0.7101',
      'validation_loss=0.3901 test_loss=0.4001 test_matthews_correlation=-0.0512 test_accuracy=0.8123 ' +
        'test_micro_f1=0.8123 test_macro_f1=0.7001',
    ].join('\n');
    const { MetricDefinitions } = (
      Arguments as { AlgorithmSpecification: { MetricDefinitions: { Name: string; Regex: string }[] } }
    ).AlgorithmSpecification;
    const metric = MetricDefinitions.find(({ Name }) => Name === name);
    expect(new RegExp(metric?.Regex ?? 'none').exec(line)?.[1]).toBe(value);
  });

  it('on spare capacity keeps checkpoints and waits longer than it runs', () => {
    const state = definitionOf(trainingStackOf({ training: { useSpotInstances: true } })).States['Train'];
    expect(state?.Arguments).toMatchObject({
      EnableManagedSpotTraining: true,
      CheckpointConfig: { S3Uri: '{% $plan.training.checkpointUri %}' },
      StoppingCondition: { MaxWaitTimeInSeconds: 28_800 },
    });
    expect(state?.TimeoutSeconds).toBe(28_800 + 900);
  });
});

describe('the tracing job', () => {
  const { Resource, Arguments, TimeoutSeconds } = definition.States['Trace'] ?? {};

  it('is one request for the legacy image, with the model as its only channel', () => {
    expect(Resource).toBe('arn:aws:states:::sagemaker:createTrainingJob.sync');
    expect(Arguments).toEqual({
      TrainingJobName: '{% "classifier-dev-" & $uuid() %}',
      RoleArn: expect.stringContaining('TracingRole') as string,
      AlgorithmSpecification: {
        TrainingImage: expect.stringMatching(
          /^763104351884\.dkr\.ecr\.eu-west-1\..*\/pytorch-training:1\.3\.1-cpu-py36-ubuntu16\.04$/,
        ) as string,
        TrainingInputMode: 'File',
      },
      HyperParameters: {
        sequence_length: '64',
        sagemaker_program: 'trace.py',
        sagemaker_submit_directory: expect.stringMatching(/^s3:\/\/cdk-/) as string,
        sagemaker_region: 'AWS::Region',
      },
      InputDataConfig: [
        {
          ChannelName: 'model',
          DataSource: {
            S3DataSource: {
              S3DataType: 'S3Prefix',
              S3Uri: '{% $model.modelDataUrl %}',
              S3DataDistributionType: 'FullyReplicated',
            },
          },
        },
      ],
      OutputDataConfig: { S3OutputPath: expect.stringMatching(/^s3:\/\/.*\/traced$/) as string },
      ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 1800 },
    });
    // The job's own limit strikes first.
    expect(TimeoutSeconds).toBe(1800 + 900);
  });

  it('takes what is configured', () => {
    const serving = { sequenceLength: 128, tracingInstanceType: 'ml.c5.xlarge', tracingImageTag: '1.3.1-cpu-py3' };
    expect(definitionOf(trainingStackOf({ serving })).States['Trace']?.Arguments).toMatchObject({
      AlgorithmSpecification: { TrainingImage: expect.stringMatching(/pytorch-training:1\.3\.1-cpu-py3$/) as string },
      HyperParameters: { sequence_length: '128' },
      ResourceConfig: { InstanceType: 'ml.c5.xlarge' },
    });
  });
});

describe('what is granted', () => {
  /** The statements of the one policy whose logical id begins so. */
  function statementsOf(
    prefix: string,
  ): { Sid?: string; Action: string | string[]; Resource: unknown; Condition?: unknown }[] {
    const policies = Object.entries(training.findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith(prefix));
    expect(policies).toHaveLength(1);
    const [[, policy] = ['', {}]] = policies;
    return (policy['Properties'] as { PolicyDocument: { Statement: ReturnType<typeof statementsOf> } }).PolicyDocument
      .Statement;
  }
  /** The keys of objects in S3 that a role may do something with. */
  function keysOf(prefix: string, action: string): string[] {
    const resources = statementsOf(prefix)
      .filter(({ Action }) => [Action].flat().includes(action))
      .map(({ Resource }) => JSON.stringify(Resource));
    return resources.flatMap((text) => text.match(/(?<=")\/[\w./-]*\*?(?=")/g) ?? []).sort();
  }
  const STACKS = ['-accelerated', ''].map(
    (suffix) => `arn:aws:cloudformation:eu-west-1:123456789012:stack/classifier-dev-serving${suffix}/*`,
  );

  it.each(['Train', 'Trace'])('the state machine may run the job %s, and only with its own role', (job) => {
    const statements = statementsOf('PipelineStateMachineRole');
    expect(statements).toContainEqual({
      Sid: `Run${job}`,
      Effect: 'Allow',
      Action: [
        'sagemaker:AddTags',
        'sagemaker:CreateTrainingJob',
        'sagemaker:DescribeTrainingJob',
        'sagemaker:ListTags',
        'sagemaker:StopTrainingJob',
      ],
      Resource: 'arn:aws:sagemaker:eu-west-1:123456789012:training-job/classifier-dev-*',
    });
    expect(statements).toContainEqual({
      Sid: `PassRoleOf${job}`,
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: { 'Fn::GetAtt': [expect.stringMatching(job === 'Train' ? /^TrainingRole/ : /^TracingRole/), 'Arn'] },
      Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
    });
  });

  it('Deploy may update the two serving stacks, and only under the role that may do no more than they hold', () => {
    const role = { 'Fn::ImportValue': expect.stringContaining('ServingDeploymentRole') as string };
    const statements = statementsOf('FunctionsDeploy');
    expect(statements).toContainEqual({
      Sid: 'UpdateServingStacks',
      Effect: 'Allow',
      Action: 'cloudformation:UpdateStack',
      Resource: STACKS,
      Condition: { StringEquals: { 'cloudformation:RoleArn': role } },
    });
    expect(statements.filter(({ Action }) => [Action].flat().includes('iam:PassRole'))).toEqual([
      {
        Sid: 'PassServingDeploymentRole',
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: role,
        Condition: { StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' } },
      },
    ]);
    expect(JSON.stringify(training.toJSON())).not.toContain('cfn-exec-role');
  });

  it.each(['FunctionsDeploy', 'FunctionsCheckDeployment', 'FunctionsPlan'])(
    '%s may see why one of them failed',
    (id) => {
      expect(statementsOf(id)).toContainEqual({
        Sid: 'DescribeServingStacks',
        Effect: 'Allow',
        Action: [
          'cloudformation:DescribeEvents',
          'cloudformation:DescribeStackEvents',
          'cloudformation:DescribeStacks',
        ],
        Resource: STACKS,
      });
    },
  );

  it('the probe may create and delete what it names itself, and pass the serving role to SageMaker alone', () => {
    expect(statementsOf('AcceleratorFunctionsProbe')).toEqual([
      {
        Sid: 'CreateAndDelete',
        Effect: 'Allow',
        Action: [
          'sagemaker:CreateEndpointConfig',
          'sagemaker:CreateModel',
          'sagemaker:DeleteEndpointConfig',
          'sagemaker:DeleteModel',
        ],
        Resource: ['endpoint-config', 'model'].map(
          (kind) => `arn:aws:sagemaker:eu-west-1:123456789012:${kind}/classifier-dev-probe-*`,
        ),
      },
      {
        Sid: 'PassServingRole',
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: { 'Fn::ImportValue': expect.stringContaining('ServingRole') as string },
        Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      },
    ]);
    withAccelerator.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { NAME_PREFIX: 'classifier-dev-probe', INSTANCE_TYPE: 'ml.m5.large' } },
    });
  });

  it('the state machine may tell the subscribers and record what is in service, and FallBack nothing', () => {
    const statements = statementsOf('PipelineStateMachineRole');
    expect(statements).toContainEqual({
      Action: 'sns:Publish',
      Effect: 'Allow',
      Resource: { Ref: expect.stringMatching(/^NotificationsTopic/) as string },
    });
    expect(statements).toContainEqual(
      expect.objectContaining({
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^NotificationsKey/), 'Arn'] },
      }),
    );
    expect(keysOf('PipelineStateMachineRole', 's3:PutObject')).toEqual(['/in-service.json']);
    expect(Object.keys(training.findResources('AWS::IAM::Policy')).join()).not.toContain('FunctionsFallBack');
    withAccelerator.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'team@example.com',
    });
  });

  it('the tracing job reads stored models and writes traced ones', () => {
    expect(keysOf('TracingRole', 's3:GetObject*')).toEqual(['/models/*']);
    expect(keysOf('TracingRole', 's3:PutObject')).toEqual(['/traced/*']);
  });

  it('the smoke test reads what stored models must answer', () => {
    expect(keysOf('FunctionsSmokeTest', 's3:GetObject*')).toEqual(['/models/*']);
  });

  it('Plan reads base models and what was in service last, and writes nothing', () => {
    expect(keysOf('FunctionsPlan', 's3:GetObject*')).toEqual(['/*', '/in-service.json']);
    expect(keysOf('FunctionsPlan', 's3:PutObject')).toEqual([]);
  });
});

describe.each([
  ['with an accelerator', withAccelerator],
  ['on a CPU', onCpu],
])('an application %s tells people', (_, stack) => {
  it('of each execution that fails, runs out of time or is stopped', () => {
    stack.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: {
          status: ['ABORTED', 'FAILED', 'TIMED_OUT'],
          stateMachineArn: [
            { Ref: Match.stringLikeRegexp('^PipelineStateMachine') },
            // Of a stack that is deployed after this one.
            'arn:aws:states:eu-west-1:123456789012:stateMachine:classifier-dev-batch',
          ],
        },
      },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^NotificationsTopic') } })],
    });
  });

  it('by a topic and a key that let alarms and EventBridge publish', () => {
    const services = ['cloudwatch.amazonaws.com', 'events.amazonaws.com'];
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': '123456789012' } };
    stack.hasResourceProperties('AWS::SNS::Topic', { TopicName: 'classifier-dev-notifications' });
    stack.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'sns:Publish', Principal: { Service: services }, Condition: ofThisAccount }),
        ]),
      },
    });
    stack.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
            Principal: { Service: services },
            Condition: ofThisAccount,
          }),
        ]),
      },
    });
  });
});

/** What Plan is told of the configuration, by the state that calls it. */
function defaultsOf(configuration: object): unknown {
  const { Arguments } = definitionOf(trainingStackOf(configuration)).States['Plan'] ?? {};
  return JSON.parse((Arguments as { defaults: string }).defaults);
}

it('gives Plan every default of the configuration', () => {
  const defaults = defaultsOf({ training: { epochs: 9 }, gate: { metric: 'accuracy', minimum: 0.5 } });
  expect(v.parse(executionParametersSchema, defaults)).toMatchObject({
    training: { epochs: 9, baseModel: 'bert-base-uncased' },
    gate: { metric: 'accuracy', minimum: 0.5 },
    serving: { accelerator: 'ml.eia2.xlarge' },
  });
});

/** What Plan and QualityGate are told of how the application serves: their environments. */
function environmentsOf(serving: object): (Readonly<Record<string, string>> | undefined)[] {
  return Object.values(trainingStackOf({ serving }).findResources('AWS::Lambda::Function')).map(
    (resource) =>
      (resource['Properties'] as { Environment?: { Variables: Record<string, string> } }).Environment?.Variables,
  );
}

it.each([
  ['that of the image on a CPU, which is that of the training image', { profile: 'cpu' }, trainingPython()],
  ['the same on a GPU', { profile: 'gpu' }, trainingPython()],
  ['the same, serverless', { profile: 'serverless' }, trainingPython()],
  ['the same where an accelerator may be refused', {}, trainingPython()],
  ['that of the tag', { profile: 'cpu', imageTag: '2.6.0-transformers5.5.3-cpu-py311-ubuntu22.04-v2.0' }, 'cp311'],
  ['that of a tag which ends with it', { profile: 'cpu', imageTag: '2.6.0-cpu-py39' }, 'cp39'],
  ['none of an image of one’s own', { profile: 'cpu', imageTag: 'with-pypi312-of-ours' }, null],
])('tells QualityGate the Python that serves: %s', (_, serving, python) => {
  const told = environmentsOf(serving).flatMap((variables) => variables?.['SERVING'] ?? []);
  expect(told.map((json) => (JSON.parse(json) as ServingSettings).python)).toEqual([python, python]);
});

it('reads datasets, base models and artifacts from the buckets that the configuration names', () => {
  const configured = trainingStackOf({ dataset: { readableBuckets: ['team-data'] } });
  const policies = Object.entries(configured.findResources('AWS::IAM::Policy'));
  const readers = policies
    .filter(([, policy]) => JSON.stringify(policy).includes('arn:aws:s3:::team-data/*'))
    .map(([logicalId]) => logicalId.replace(/(?:ServiceRole)?DefaultPolicy.*$/, ''));
  expect(readers.sort()).toEqual(['FunctionsPlan', 'FunctionsPrepareDataset', 'FunctionsQualityGate', 'TrainingRole']);
});

it.each([
  [{}, { profile: 'elastic-inference', untraceableModel: 'cpu', memorySizeInMb: null }, 'ml.eia2.xlarge'],
  [{ untraceableModel: 'refuse' }, { untraceableModel: 'refuse' }, 'ml.eia2.xlarge'],
  [{ profile: 'cpu' }, { profile: 'cpu', untraceableModel: null, memorySizeInMb: null }, 'none'],
  [{ profile: 'gpu' }, { profile: 'gpu', untraceableModel: null, memorySizeInMb: null }, 'none'],
  [
    { profile: 'serverless', memorySizeInMb: 3072 },
    { profile: 'serverless', untraceableModel: null, memorySizeInMb: 3072 },
    'none',
  ],
])('tells Plan and QualityGate how the application serves: %j', (serving, settings, accelerator) => {
  const told = environmentsOf(serving).flatMap((variables) => variables?.['SERVING'] ?? []);
  expect(told).toHaveLength(2);
  for (const json of told) {
    expect(JSON.parse(json)).toMatchObject(settings);
  }
  expect(defaultsOf({ serving })).toMatchObject({ serving: { accelerator } });
});

/** Of the image that a default training runs in, as the artifact names it. */
function trainingPython(): string {
  return `cp${/-py(\d+)-/.exec(parseConfiguration({}).training.imageTag)?.[1]}`;
}

function isAny(errors: readonly string[]): boolean {
  return errors.includes('States.ALL');
}

it('deletes older models after the last execution that could make one', () => {
  const [customResource] = Object.keys(onCpu.findResources('AWS::CloudFormation::CustomResource'));
  onCpu.hasResource('AWS::StepFunctions::StateMachine', { DependsOn: Match.arrayWith([customResource]) });
});

it('deletes no models but those of the serving stacks', () => {
  onCpu.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: ['sagemaker:DeleteEndpointConfig', 'sagemaker:DeleteModel', 'sagemaker:DescribeEndpointConfig'],
          Condition: {
            StringEquals: {
              'aws:ResourceTag/serving-stack': ['classifier-dev-serving', 'classifier-dev-serving-accelerated'],
            },
          },
        }),
      ]),
    },
  });
});
