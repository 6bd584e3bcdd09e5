import { App, Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { TextClassifier, type TextClassifierProps } from '../../lib/index';
import { definitionOf } from './definition';
import { namesIn } from './physical-names';
import { CDK_CONTEXT, synthesized } from './synthesized';

const ENV = { account: '123456789012', region: 'eu-west-1' };

/** An app of somebody else's: with no feature flag of this project's, and without bundling. */
function newApp(context: Record<string, unknown> = {}): App {
  return new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
}

/** What `build` makes in a stack called Desk. */
function desk(build: (stack: Stack) => void, app = newApp()): { assembly: CloudAssembly; template: Template } {
  const stack = new Stack(app, 'Desk', { env: ENV });
  build(stack);
  return { assembly: app.synth(), template: Template.fromStack(stack) };
}

function nameIn(build: (scope: Stack) => TextClassifier, stackName = 'Desk'): string {
  return build(new Stack(newApp(), 'Desk', { stackName })).endpointName.replace(/-dev-instance$/, '');
}

describe('a classifier in a stack', () => {
  const { assembly } = desk((stack) => new TextClassifier(stack, 'Reviews'));
  const own = assembly.stacks.filter(({ stackName }) => stackName.startsWith('reviews-'));
  const stackOf = (kind: string) => own.find(({ stackName }) => stackName.endsWith(`-dev-${kind}`));

  it('makes stacks of its own where that stack is', () => {
    expect(assembly.stacks).toHaveLength(1 + own.length);
    const kinds = own.map(({ stackName }) => /^reviews-[0-9a-f]{6}-dev-([\w-]+)$/.exec(stackName)?.[1]);
    expect(kinds.sort()).toEqual(['api', 'batch', 'serving', 'serving-accelerated', 'storage', 'training']);
    expect(new Set(own.map(({ environment }) => environment.name))).toEqual(new Set(['aws://123456789012/eu-west-1']));
  });

  it('is deployed with that stack, but for what AWS may refuse', () => {
    const needed = assembly.getStackByName('Desk').dependencies.map(({ id }) => id);
    expect(needed).toEqual(expect.arrayContaining(['training', 'batch', 'api'].map((kind) => stackOf(kind)?.id)));
    expect(needed).not.toContain(stackOf('serving-accelerated')?.id);
  });

  it('serves by the CPU, so that cdk deploy --all fails nowhere', () => {
    expect(stackOf('serving-accelerated')?.template).not.toHaveProperty('Resources');
    expect(JSON.stringify(own.map(({ template }) => template as unknown))).not.toContain('AcceleratorType');
  });
});

/** A template's resources without their ids, for CDK writes the path of the construct into some, as into the hash of what is not bundled. */
function withoutPaths(template: unknown): unknown {
  const { Resources = {}, ...rest } = template as { Resources?: Record<string, unknown> };
  const resources = Object.values(Resources).map((resource) => JSON.stringify(resource));
  return { ...rest, resources: resources.map((each) => each.replace(/[0-9a-f]{64}\.zip/g, 'code.zip')).sort() };
}

it('is the standalone application, template by template', () => {
  const { assembly } = desk((stack) => {
    new TextClassifier(stack, 'Reviews', { name: 'classifier', serving: { profile: 'elastic-inference' } });
  }, newApp(CDK_CONTEXT));
  const standalone = synthesized({}, ENV).assembly;
  expect(standalone.stacks.length).toBeGreaterThan(5);
  for (const { stackName, template } of standalone.stacks) {
    expect(withoutPaths(assembly.getStackByName(stackName).template)).toEqual(withoutPaths(template));
  }
});

it('takes the options of configuration.json, and CDK’s own types where there are any', () => {
  const { assembly } = desk((stack) => {
    const props: TextClassifierProps = {
      name: 'reviews',
      removalPolicy: RemovalPolicy.DESTROY,
      training: { epochs: 2, candidates: [{ learningRate: 1e-5 }] },
      serving: { profile: 'serverless', memorySizeInMb: 2048 },
    };
    new TextClassifier(stack, 'Reviews', props);
  });
  const own = synthesized({
    name: 'reviews',
    removalPolicy: 'destroy',
    training: { epochs: 2, candidates: [{ learningRate: 1e-5 }] },
    serving: { profile: 'serverless', memorySizeInMb: 2048 },
  });
  const defaultsOf = (of: CloudAssembly) => {
    const training = Template.fromJSON(of.getStackByName('reviews-dev-training').template as object);
    const { Arguments } = definitionOf(training).States['Plan'] ?? {};
    return (Arguments as { defaults: string }).defaults;
  };
  expect(defaultsOf(assembly)).toContain('"epochs":2');
  expect(defaultsOf(assembly)).toBe(defaultsOf(own.assembly));
  Template.fromJSON(assembly.getStackByName('reviews-dev-storage').template as object).hasResource('AWS::S3::Bucket', {
    DeletionPolicy: 'Delete',
  });
});

it('works in an app for any account and region, and beneath no stack at all', () => {
  const app = newApp();
  new TextClassifier(new Stack(app, 'Anywhere'), 'Reviews');
  new TextClassifier(app, 'Alone');
  const { stacks } = app.synth();
  expect(stacks).toHaveLength(13);
  expect(new Set(stacks.map(({ environment }) => environment.name))).toEqual(
    new Set(['aws://unknown-account/unknown-region']),
  );
});

it('holds its own stacks together by exports, however the app refers to other stacks', () => {
  const { assembly, template } = desk(
    (stack) => {
      const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
      new TextClassifier(stack, 'Reviews').grantClassify(role);
    },
    newApp({ '@aws-cdk/core:defaultCrossStackReferences': 'weak' }),
  );
  expect(JSON.stringify(template.toJSON())).toContain('Fn::GetStackOutput');
  const own = assembly.stacks
    .filter(({ stackName }) => stackName !== 'Desk')
    .map(({ template: its }) => its as unknown);
  expect(JSON.stringify(own)).toContain('Fn::ImportValue');
  expect(JSON.stringify(own)).not.toContain('Fn::GetStackOutput');
});

describe('two in one stack', () => {
  it('share no physical name', () => {
    const { assembly } = desk((stack) => {
      new TextClassifier(stack, 'Departments', { serving: { maxInstanceCount: 2 } });
      new TextClassifier(stack, 'DepartmentsOfOld', { serving: { maxInstanceCount: 2 } });
    });
    const prefixes = [...new Set(assembly.stacks.map(({ stackName }) => stackName.split('-dev-')[0]))];
    const [one = new Set(), two = new Set(), ...others] = prefixes
      .filter((prefix) => prefix !== 'Desk')
      .map((prefix) =>
        namesIn(assembly.stacks.filter(({ stackName }) => stackName.startsWith(`${prefix ?? ''}-dev-`))),
      );
    expect(others).toEqual([]);
    expect(one.size).toBeGreaterThan(8);
    expect([...one].filter((name) => two.has(name))).toEqual([]);
  });

  it('are refused where both are given the same name, and not where one is elsewhere', () => {
    const app = newApp();
    const stack = new Stack(app, 'Desk', { env: ENV });
    new TextClassifier(stack, 'Departments', { name: 'mails' });
    new TextClassifier(stack, 'Tags', { name: 'mails', stage: 'prod' });
    new TextClassifier(new Stack(app, 'Elsewhere', { env: { ...ENV, region: 'us-east-1' } }), 'Departments', {
      name: 'mails',
    });
    expect(() => new TextClassifier(stack, 'Again', { name: 'mails' })).toThrow(
      'TextClassifier Desk/Again: name and stage are those of Desk/Departments, too; give one of them another name',
    );
  });
});

describe('its name', () => {
  it.each(['Reviews', 'r', 'CustomerReviewsOfShoes', 'customer-reviews', '2024', '評価', 'A.B'])(
    'is a legal one where the id is %s',
    (id) => {
      expect(nameIn((stack) => new TextClassifier(stack, id))).toMatch(/^[a-z][a-z0-9]{0,7}-[0-9a-f]{6}$/);
    },
  );

  it.each(['AwsTickets', 'SSM'])('is asked for where the id is %s, which SSM would refuse', (id) => {
    expect(() => nameIn((stack) => new TextClassifier(stack, id))).toThrow(
      `TextClassifier Desk/${id}: name must not begin with aws or ssm`,
    );
    expect(nameIn((stack) => new TextClassifier(stack, id, { name: 'tickets' }))).toBe('tickets');
  });

  it('stays what it is from one version to the next, for another name is another classifier', () => {
    const shop = new Stack(newApp(), 'Shop');
    // As docs/app.md has it.
    expect(new TextClassifier(shop, 'Reviews').endpointName).toBe('reviews-98df48-dev-instance');
  });

  it('is another in a stack of another name, and the same in each synthesis', () => {
    const inStack = (name: string) => nameIn((stack) => new TextClassifier(stack, 'Reviews'), name);
    expect(inStack('Desk-prod')).not.toBe(inStack('Desk-dev'));
    expect(inStack('Desk-prod')).toBe(inStack('Desk-prod'));
  });
});

it.each([
  [{ name: 'a-name-that-is-too-long' }, 'name must be 2 to 15 lower-case letters, digits and hyphens'],
  [{ training: { epochs: -1 } }, 'training.epochs must be a whole number from 0 to 100, not -1'],
  [{ serving: { memorySizeInMb: 1024 as const } }, 'serving.memorySizeInMb is not a field of the serving.profile cpu'],
  [{ storage: { dataBucket: `data-${Aws.REGION}` } }, 'storage.dataBucket must be the name of an S3 bucket'],
  [{ removalPolicy: RemovalPolicy.SNAPSHOT }, 'removalPolicy must be retain or destroy, not "snapshot"'],
])('refuses %j and says where and why', (props, reason) => {
  expect(() => nameIn((stack) => new TextClassifier(stack, 'Reviews', props))).toThrow(
    `TextClassifier Desk/Reviews: ${reason}`,
  );
});

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** What the policies of a stack with one role allow. */
function allowedIn(template: Template): unknown[] {
  return Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) =>
    (Properties as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement.map(
      ({ Effect, Action, Resource }) => ({
        effect: Effect,
        actions: [Action].flat(),
        resources: [Resource].flat().map((each) => JSON.stringify(each)),
      }),
    ),
  );
}

describe('a role', () => {
  const withRole = (build: (role: iam.Role, stack: Stack) => void) =>
    desk((stack) => {
      build(new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }), stack);
    }).template;

  it('may do nothing by itself', () => {
    const template = withRole((_role, stack) => new TextClassifier(stack, 'Reviews'));
    expect(allowedIn(template)).toEqual([]);
  });

  it('that may classify by IAM may call the two methods of the API', () => {
    const template = withRole((role, stack) => {
      new TextClassifier(stack, 'Reviews', { api: { authorization: 'iam' } }).grantClassify(role).assertSuccess();
    });
    expect(allowedIn(template)).toEqual([
      {
        effect: 'Allow',
        actions: ['execute-api:Invoke'],
        resources: [
          expect.stringMatching(/:execute-api:eu-west-1:123456789012:.*-dev-api:.*\/POST\/classify/) as string,
          expect.stringMatching(/:execute-api:eu-west-1:123456789012:.*-dev-api:.*\/GET\/model/) as string,
        ],
      },
    ]);
  });

  it('that may classify by an API key may read that key', () => {
    const template = withRole((role, stack) => {
      const classifier = new TextClassifier(stack, 'Reviews');
      classifier.grantClassify(role).assertSuccess();
      expect(classifier.apiKeyId).toBeDefined();
    });
    expect(allowedIn(template)).toEqual([
      {
        effect: 'Allow',
        actions: ['apigateway:GET'],
        resources: [expect.stringMatching(/:apigateway:eu-west-1::\/apikeys\/.*-dev-api:.*ApiKey/) as string],
      },
    ]);
  });

  it('that may start executions may start the pipeline’s', () => {
    const template = withRole((role, stack) => {
      new TextClassifier(stack, 'Reviews').grantStartExecution(role).assertSuccess();
    });
    expect(allowedIn(template)).toEqual([
      {
        effect: 'Allow',
        actions: ['states:StartExecution'],
        resources: [expect.stringMatching(/-dev-training:.*PipelineStateMachine/) as string],
      },
    ]);
  });
});

it('has metrics of its own API', () => {
  const classifier = new TextClassifier(new Stack(newApp(), 'Desk'), 'Reviews', { name: 'reviews' });
  const metrics = [
    classifier.metricRequests(),
    classifier.metricLatency({ statistic: 'p99' }),
    classifier.metricClientErrors(),
    classifier.metricServerErrors(),
  ];
  expect(metrics.map(({ namespace, metricName, statistic }) => [namespace, metricName, statistic])).toEqual([
    ['AWS/ApiGateway', 'Count', 'SampleCount'],
    ['AWS/ApiGateway', 'Latency', 'p99'],
    ['AWS/ApiGateway', '4XXError', 'Sum'],
    ['AWS/ApiGateway', '5XXError', 'Sum'],
  ]);
  for (const { dimensions } of metrics) {
    expect(dimensions).toEqual({ ApiName: 'reviews-dev-api' });
  }
});
