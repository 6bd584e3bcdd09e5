import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { synthesized } from '../synthesized';

const { assembly, names, template } = synthesized();
const serving = template(names.servingStack);
const accelerated = template(names.servingAcceleratedStack);

function configurationHash(configuration: unknown): string {
  const { names: theirs, template: theirTemplate } = synthesized(configuration);
  const outputs = theirTemplate(theirs.servingStack).findOutputs('ConfigurationHash');
  return String((outputs['ConfigurationHash'] as { Value: unknown }).Value);
}

function typesOf(stack: Template): string[] {
  const { Resources } = stack.toJSON() as { Resources: Record<string, { Type: string }> };
  return Object.values(Resources).map(({ Type }) => Type);
}

describe('the serving stack', () => {
  it('holds only what the pipeline may change without capabilities', () => {
    expect(typesOf(serving).sort()).toEqual([
      'AWS::CloudFormation::WaitConditionHandle',
      'AWS::CloudWatch::Alarm',
      'AWS::SSM::Parameter',
      'AWS::SageMaker::Endpoint',
      'AWS::SageMaker::EndpointConfig',
      'AWS::SageMaker::Model',
    ]);
  });

  it('has no bootstrap parameter, which an update by the pipeline would need ssm:GetParameters for', () => {
    expect(Object.keys(serving.findParameters('*')).sort()).toEqual(['AcceleratedEndpointConfigName', 'ModelDataUrl']);
    expect(serving.toJSON()).not.toHaveProperty('Rules');
  });

  it('has nothing in service while ModelDataUrl is empty, which is its default', () => {
    serving.hasParameter('ModelDataUrl', { Type: 'String', Default: '', AllowedPattern: '^$|^s3://.+' });
    serving.hasCondition('HasModel', { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'ModelDataUrl' }, ''] }] });
    serving.allResources('AWS::SageMaker::Model', { Condition: 'HasModel' });
    serving.allResources('AWS::SageMaker::EndpointConfig', { Condition: 'HasModel' });
    serving.allResources('AWS::SageMaker::Endpoint', { Condition: 'HasModel' });
  });

  it('keeps what a rolling back endpoint still needs', () => {
    serving.allResources('AWS::SageMaker::Model', { UpdateReplacePolicy: 'Retain', DeletionPolicy: 'Delete' });
    serving.allResources('AWS::SageMaker::EndpointConfig', { UpdateReplacePolicy: 'Retain', DeletionPolicy: 'Delete' });
  });

  it('leaves its name on what outlives an update, to be found and deleted by', () => {
    for (const [stack, Value] of [
      [serving, names.servingStack],
      [accelerated, names.servingAcceleratedStack],
    ] as const) {
      for (const type of ['Model', 'EndpointConfig']) {
        stack.allResourcesProperties(`AWS::SageMaker::${type}`, { Tags: [{ Key: 'serving-stack', Value }] });
      }
    }
  });

  it('tells, once the endpoint of another name is in service, what it is called', () => {
    serving.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/classifier-dev/endpoint-name',
      Value: { 'Fn::If': ['HasModel', { 'Fn::GetAtt': ['Endpoint', 'EndpointName'] }, 'classifier-dev-instance'] },
    });
  });

  it('pulls its image from the registry of the region', () => {
    serving.hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: {
        Image: {
          'Fn::Join': Match.arrayWith([
            Match.arrayWith([Match.stringLikeRegexp('^763104351884\\.dkr\\.ecr\\.eu-west-1\\.')]),
          ]),
        },
        ModelDataUrl: { Ref: 'ModelDataUrl' },
      },
    });
  });

  it('serves the accelerated configuration where its name is given', () => {
    serving.hasResourceProperties('AWS::SageMaker::Endpoint', {
      EndpointName: 'classifier-dev-instance',
      EndpointConfigName: {
        'Fn::If': [
          'Accelerated',
          { Ref: 'AcceleratedEndpointConfigName' },
          { 'Fn::GetAtt': ['EndpointConfig', 'EndpointConfigName'] },
        ],
      },
    });
    serving.hasOutput('EndpointConfigName', { Condition: 'HasModel' });
  });

  it('forgets an accelerated configuration under another profile, for it goes then', () => {
    const { names: theirs, template: theirTemplate } = synthesized({ serving: { profile: 'cpu' } });
    const plain = theirTemplate(theirs.servingStack);
    expect(Object.keys(plain.findParameters('*'))).toEqual(['ModelDataUrl']);
    plain.hasResourceProperties('AWS::SageMaker::Endpoint', {
      EndpointConfigName: { 'Fn::GetAtt': ['EndpointConfig', 'EndpointConfigName'] },
    });
  });

  it('makes every change of what is served a change of the stack', () => {
    const hash = configurationHash({});
    expect(configurationHash({})).toBe(hash);
    expect(configurationHash({ training: { epochs: 9 } })).toBe(hash);
    for (const change of [
      { instanceType: 'ml.c5.xlarge' },
      { instanceCount: 2 },
      { networkIsolation: false },
      { imageTag: 'another' },
      { profile: 'cpu' },
      { profile: 'cpu', maxInstanceCount: 3 },
    ]) {
      expect(configurationHash({ serving: change })).not.toBe(hash);
    }
  });
});

describe('the accelerated leaf stack', () => {
  it('is the only one that carries an AcceleratorType', () => {
    accelerated.hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      ProductionVariants: [{ AcceleratorType: { Ref: 'AcceleratorType' }, InstanceType: 'ml.m5.large' }],
    });
    for (const stackName of [
      names.storageStack,
      names.servingStack,
      names.trainingStack,
      names.batchStack,
      names.apiStack,
    ]) {
      expect(JSON.stringify(template(stackName).toJSON())).not.toContain('"AcceleratorType":');
    }
  });

  it('has no endpoint of its own, and nothing depends on it', () => {
    accelerated.resourceCountIs('AWS::SageMaker::Endpoint', 0);
    for (const stack of assembly.stacks) {
      expect(stack.dependencies.map(({ id }) => id)).not.toContain(names.servingAcceleratedStack);
    }
  });

  it('is deployed when all others are, whatever becomes of it', () => {
    const needs = (id: string): string[] => {
      const direct = assembly.stacks.find((stack) => stack.id === id)?.dependencies.map((needed) => needed.id) ?? [];
      return direct.flatMap((needed) => [needed, ...needs(needed)]);
    };
    expect(needs(names.servingAcceleratedStack)).toEqual(
      expect.arrayContaining([
        ...[names.storageStack, names.servingStack, names.trainingStack, names.batchStack, names.apiStack],
      ]),
    );
  });
});

describe('images', () => {
  it.each([
    ['us-east-1', '763104351884'],
    ['ap-east-1', '871362719292'],
    ['eu-south-1', '692866216735'],
  ])('of %s come from account %s', (region, account) => {
    const { names: theirs, template: theirTemplate } = synthesized({}, { account: '123456789012', region });
    expect(JSON.stringify(theirTemplate(theirs.servingStack).toJSON())).toContain(`${account}.dkr.ecr.${region}.`);
  });

  it('of a region without a known registry need a configured account', () => {
    const env = { account: '123456789012', region: 'af-south-1' };
    expect(() => synthesized({}, env)).toThrow(/no registry .* af-south-1: .* set images.registryAccount/);
    const { names: theirs, template: theirTemplate } = synthesized(
      { images: { registryAccount: '626614931356' } },
      env,
    );
    expect(JSON.stringify(theirTemplate(theirs.servingStack).toJSON())).toContain('626614931356.dkr.ecr.af-south-1.');
  });
});

it("passes CloudFormation's own rules, but for what is acknowledged with a reason", () => {
  const { pluginReports } = JSON.parse(readFileSync(join(assembly.directory, 'validation-report.json'), 'utf8')) as {
    pluginReports: { conclusion: string; violations: unknown[]; suppressedViolations: { reason: string }[] }[];
  };
  expect(pluginReports).not.toEqual([]);
  for (const { conclusion, violations, suppressedViolations } of pluginReports) {
    expect(conclusion).toBe('success');
    expect(violations).toEqual([]);
    expect(suppressedViolations.filter(({ reason }) => reason.length < 20)).toEqual([]);
  }
});
