import { ALWAYS } from './resource-types';
import { synthesized } from '../synthesized';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

const ENVIRONMENT = {
  SAGEMAKER_PROGRAM: 'inference.py',
  TOKENIZERS_PARALLELISM: 'false',
  MODEL_DATA_URL: { Ref: 'ModelDataUrl' },
};
const ONE_THREAD = { SAGEMAKER_MODEL_SERVER_WORKERS: '2', OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
const ONE_WORKER = { SAGEMAKER_MODEL_SERVER_WORKERS: '1' };
const CPU_IMAGE = 'huggingface-pytorch-inference:2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04';
const GPU_IMAGE = 'huggingface-pytorch-inference:2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04';

/** Everything that a profile decides, as it is in the serving stack's template. */
function rendered(serving: object) {
  const { names, template } = synthesized({ serving });
  const resources = Object.values(
    (template(names.servingStack).toJSON() as { Resources: Record<string, Resource> }).Resources,
  );
  const only = (type: string) => resources.find(({ Type }) => Type === type)?.Properties ?? {};
  const { PrimaryContainer, ExecutionRoleArn: _role, Tags: _tags, ...model } = only('AWS::SageMaker::Model');
  const { Image, Environment } = PrimaryContainer as { Image: unknown; Environment: unknown };
  const [variant] = only('AWS::SageMaker::EndpointConfig')['ProductionVariants'] as Record<string, unknown>[];
  const { ModelName: _model, VariantName: _name, InitialVariantWeight: _weight, ...capacity } = variant ?? {};
  const { EndpointConfigName: _config, ...endpoint } = only('AWS::SageMaker::Endpoint');
  return {
    image: /[\w-]+:[\w.-]+-ubuntu[\d.]+/.exec(JSON.stringify(Image))?.[0],
    environment: Environment,
    model,
    capacity,
    endpoint,
    types: resources.map(({ Type }) => Type).sort(),
  };
}

const WITH_ALARM = [ALWAYS[0], 'AWS::CloudWatch::Alarm', ...ALWAYS.slice(1)];
const BLUE_GREEN = {
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 300 },
    TerminationWaitInSeconds: 60,
    MaximumExecutionTimeoutInSeconds: 3600,
  },
  AutoRollbackConfiguration: {
    Alarms: [{ AlarmName: { Ref: expect.stringMatching(/^GuardrailsFaults/) as unknown } }],
  },
};

describe('a profile decides the image, its environment, the capacity and the way of updates, and nothing else', () => {
  it.each([
    [
      'elastic-inference',
      {
        image: CPU_IMAGE,
        environment: { ...ENVIRONMENT, ...ONE_THREAD },
        model: { EnableNetworkIsolation: true },
        capacity: { InstanceType: 'ml.m5.large', InitialInstanceCount: 1 },
        endpoint: {
          EndpointName: 'classifier-dev-instance',
          // SageMaker has no guardrails for an endpoint with an accelerator.
          DeploymentConfig: { 'Fn::If': ['Accelerated', { Ref: 'AWS::NoValue' }, BLUE_GREEN] },
        },
        types: WITH_ALARM,
      },
    ],
    [
      'cpu',
      {
        image: CPU_IMAGE,
        environment: { ...ENVIRONMENT, ...ONE_THREAD },
        model: { EnableNetworkIsolation: true },
        capacity: { InstanceType: 'ml.m5.large', InitialInstanceCount: 1 },
        endpoint: { EndpointName: 'classifier-dev-instance', DeploymentConfig: BLUE_GREEN },
        types: WITH_ALARM,
      },
    ],
    [
      'gpu',
      {
        image: GPU_IMAGE,
        environment: { ...ENVIRONMENT, ...ONE_WORKER },
        model: { EnableNetworkIsolation: true },
        capacity: {
          InstanceType: 'ml.g5.xlarge',
          InitialInstanceCount: 1,
          InferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-3-1',
        },
        endpoint: { EndpointName: 'classifier-dev-instance', DeploymentConfig: BLUE_GREEN },
        types: WITH_ALARM,
      },
    ],
    [
      'serverless',
      {
        image: CPU_IMAGE,
        environment: { ...ENVIRONMENT, ...ONE_WORKER },
        model: { EnableNetworkIsolation: false },
        capacity: { ServerlessConfig: { MemorySizeInMB: 4096, MaxConcurrency: 10 } },
        endpoint: { EndpointName: 'classifier-dev-serverless' },
        types: ALWAYS,
      },
    ],
  ])('%s', (profile, expected) => {
    expect(rendered({ profile })).toEqual(expected);
  });
});

it.each([
  ['ml.t2.medium', '2'],
  ['ml.c7i.large', '2'],
  ['ml.m5.xlarge', '4'],
  ['ml.m5.12xlarge', '48'],
])('has one worker for each virtual CPU of %s', (instanceType, workers) => {
  expect(rendered({ profile: 'cpu', instanceType }).environment).toMatchObject({
    SAGEMAKER_MODEL_SERVER_WORKERS: workers,
    OMP_NUM_THREADS: '1',
  });
});

it('has the accelerator in a leaf stack of its own, whose type each execution may choose', () => {
  const { names, template } = synthesized();
  const leaf = template(names.servingAcceleratedStack);
  leaf.hasResourceProperties('AWS::SageMaker::EndpointConfig', {
    ProductionVariants: [
      {
        InstanceType: 'ml.m5.large',
        InitialInstanceCount: 1,
        AcceleratorType: { Ref: 'AcceleratorType' },
        VariantName: 'AllTraffic',
      },
    ],
  });
  leaf.hasResourceProperties('AWS::SageMaker::Model', {
    EnableNetworkIsolation: true,
    PrimaryContainer: { Environment: ENVIRONMENT },
  });
  leaf.hasParameter('AcceleratorType', {
    Default: 'ml.eia2.xlarge',
    AllowedValues: ['ml.eia1', 'ml.eia2'].flatMap((type) =>
      ['medium', 'large', 'xlarge'].map((size) => `${type}.${size}`),
    ),
  });
  expect(JSON.stringify(leaf.toJSON())).toContain('pytorch-inference-eia:1.5.1-cpu-py36-ubuntu16.04');
});

it.each(['cpu', 'gpu', 'serverless'])('has nothing of Elastic Inference with the profile %s', (profile) => {
  const { assembly, names } = synthesized({ serving: { profile } });
  // Without resources it is for the CDK CLI to delete, where another profile has left it.
  expect(assembly.getStackByName(names.servingAcceleratedStack).template).not.toHaveProperty('Resources');
  const templates = JSON.stringify(assembly.stacks.map((stack) => stack.template as unknown));
  expect(templates).not.toMatch(/AcceleratorType|probe-|trace\.py/);
});

it('takes provisioned concurrency for serverless', () => {
  const { capacity } = rendered({
    profile: 'serverless',
    memorySizeInMb: 6144,
    maxConcurrency: 40,
    provisionedConcurrency: 3,
  });
  expect(capacity).toEqual({
    ServerlessConfig: { MemorySizeInMB: 6144, MaxConcurrency: 40, ProvisionedConcurrency: 3 },
  });
});

it('runs the container in a VPC, whose network interfaces the role may then make', () => {
  const serving = {
    profile: 'cpu',
    vpc: { securityGroupIds: ['sg-0a1b2c3d'], subnetIds: ['subnet-0123456789abcdef0', 'subnet-0e3f4a5b'] },
  };
  expect(rendered(serving).model).toEqual({
    EnableNetworkIsolation: true,
    VpcConfig: { SecurityGroupIds: ['sg-0a1b2c3d'], Subnets: ['subnet-0123456789abcdef0', 'subnet-0e3f4a5b'] },
  });
  const storage = ({ names, template }: ReturnType<typeof synthesized>) =>
    JSON.stringify(template(names.storageStack).toJSON());
  expect(storage(synthesized({ serving }))).toContain('ec2:CreateNetworkInterface');
  expect(storage(synthesized())).not.toContain('ec2:');
});

it('scales between the limits that are configured, and an update keeps the number of instances', () => {
  const serving = { profile: 'cpu', instanceCount: 2, maxInstanceCount: 6, invocationsPerInstance: 900 };
  const { names, template } = synthesized({ serving });
  const stack = template(names.servingStack);
  stack.hasResource('AWS::ApplicationAutoScaling::ScalableTarget', {
    Condition: 'HasModel',
    DependsOn: ['Endpoint'],
    Properties: {
      ServiceNamespace: 'sagemaker',
      ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      ResourceId: 'endpoint/classifier-dev-ml-m5-large/variant/AllTraffic',
      MinCapacity: 2,
      MaxCapacity: 6,
    },
  });
  stack.hasResource('AWS::ApplicationAutoScaling::ScalingPolicy', {
    Condition: 'HasModel',
    Properties: { TargetTrackingScalingPolicyConfiguration: { TargetValue: 900 } },
  });
  stack.hasResourceProperties('AWS::SageMaker::Endpoint', { RetainAllVariantProperties: true });
  stack.resourceCountIs('AWS::IAM::Role', 0);
});

it('rolls an update back on faults of the endpoint by name, and not when nobody asks it', () => {
  const { names, template } = synthesized({ serving: { profile: 'cpu' } });
  template(names.servingStack).hasResource('AWS::CloudWatch::Alarm', {
    Condition: 'HasModel',
    Properties: {
      Namespace: 'AWS/SageMaker',
      MetricName: 'Invocation5XXErrors',
      AlarmActions: ['arn:aws:sns:eu-west-1:123456789012:classifier-dev-notifications'],
      Dimensions: [
        { Name: 'EndpointName', Value: 'classifier-dev-instance' },
        { Name: 'VariantName', Value: 'AllTraffic' },
      ],
      TreatMissingData: 'notBreaching',
    },
  });
});

it('lets the API follow the endpoint from one class to the other', () => {
  const { names, template } = synthesized({ serving: { profile: 'serverless' } });
  template(names.apiStack).hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { ENDPOINT_NAME: 'classifier-dev-serverless' } },
  });
  expect(JSON.stringify(template(names.apiStack).toJSON())).toContain('endpoint/classifier-dev-serverless');
});
