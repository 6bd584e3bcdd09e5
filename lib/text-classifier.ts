import { createHash } from 'node:crypto';
import { CrossStackReferences, ReferenceStrength, Stack, Token, Validations } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { ClassifyApi } from './api/classify-api';
import { createApplication } from './application';
import { InvalidConfiguration, parseConfiguration } from './configuration/configuration';
import type { TextClassifierProps } from './configuration/text-classifier-props';

/**
 * A text classifier as part of another application: the pipeline that trains, judges and deploys models, the API that
 * classifies, and the state machine that classifies whole tables.
 *
 * It makes stacks of its own, beside the one that it is created in and in the same account and region, which are deployed
 * before that one and destroyed after it: the pipeline updates the one that serves, and a rollback of that must reach
 * nothing of the app's. Two of its defaults are not those of configuration.json: its name, which is made
 * of its id, and `serving.profile`, for `cdk deploy` would fail where AWS refuses the accelerator.
 *
 * Nothing is in service until an execution of the pipeline has deployed a model; the API answers 503 until then.
 */
export class TextClassifier extends Construct {
  /** Where POST requests go. */
  readonly classifyUrl: string;
  /** Undefined where the API's authorization is `iam`. */
  readonly apiKeyId?: string;
  /** The pipeline. An execution with `{}` as its input trains and deploys with the configured defaults. */
  readonly stateMachine: sfn.IStateMachine;
  /** Classifies tables: its input is `{"input": "s3://…", "output": "s3://…"}`. */
  readonly batchStateMachine: sfn.IStateMachine;
  /** Put datasets here, not under `datasets/` and `batch/`, which expire. */
  readonly dataBucket: s3.IBucket;
  /** Has the trained models and their reports. */
  readonly artifactsBucket: s3.IBucket;
  /** Hears of failed executions, of alarms, and when AWS refuses the accelerator. */
  readonly notificationTopic: sns.ITopic;
  /** Of the SageMaker endpoint, which is there once a model is in service. */
  readonly endpointName: string;

  private readonly api: ClassifyApi;
  /** What all its names begin with, and where it is: two that share both would be one. */
  private readonly identity: string;

  /** @throws InvalidConfiguration naming each wrong property, its value and what is allowed */
  constructor(scope: Construct, id: string, props: TextClassifierProps = {}) {
    super(scope, id);
    // Weak ones are looked up at each update, which the role that the pipeline updates the serving stacks under may not do.
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG);
    const configuration = parseConfiguration(
      {
        ...props,
        name: props.name ?? nameOf(this),
        serving: { ...props.serving, profile: props.serving?.profile ?? 'cpu' },
      },
      `TextClassifier ${this.node.path}`,
    );
    const stack = this.node.scopes.findLast((each) => Stack.isStack(each));
    const env = stack && { account: stack.account, region: stack.region };
    const { names, storage, training, batch, api } = createApplication(this, configuration, env);
    if (stack !== undefined) {
      Validations.of(stack).acknowledge({
        id: 'CloudFormation-Validate::F0001',
        reason: 'A stack with classifiers alone has no resources of its own, and the CDK CLI leaves it out.',
      });
    }
    // Whoever deploys the stack that it is part of deploys all of it; but for the accelerated stack, which AWS may refuse.
    for (const needed of [training, batch, api]) {
      stack?.addStackDependency(needed);
    }

    this.api = api.classifyApi;
    this.classifyUrl = this.api.url;
    this.apiKeyId = this.api.apiKey?.keyId;
    this.stateMachine = training.pipeline.stateMachine;
    this.batchStateMachine = batch.batch.stateMachine;
    this.dataBucket = storage.dataBucket;
    this.artifactsBucket = storage.artifactsBucket;
    this.notificationTopic = training.notificationTopic;
    this.endpointName = names.endpoint;

    this.identity = `${names.prefix} in ${api.environment}`;
    this.refuseAnother();
  }

  /**
   * Lets somebody classify. Where the authorization is `iam`, they may send signed requests; otherwise they may read the
   * API key by its id, which is what they need to send any.
   */
  grantClassify(grantee: iam.IGrantable): iam.Grant {
    return this.api.grantClassify(grantee);
  }

  /** Lets somebody start the pipeline. */
  grantStartExecution(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  /** Requests to the API. @default - how many there were in 5 minutes */
  metricRequests(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.api.metricRequests(props);
  }

  /** From a request to its answer, in milliseconds. @default - the average over 5 minutes */
  metricLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.api.metricLatency(props);
  }

  /** Answers of 4xx: requests that are wrong, refused or too many, and 424 where the model failed. @default - the sum over 5 minutes */
  metricClientErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.api.metricClientErrors(props);
  }

  /** Answers of 5xx: 503 where no model is in service, 504 where it took too long. @default - the sum over 5 minutes */
  metricServerErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.api.metricServerErrors(props);
  }

  /** CloudFormation would take the stacks of two with one name for the same, and deploy one over the other. */
  private refuseAnother(): void {
    const same = this.node.root.node
      .findAll()
      .find((each) => each instanceof TextClassifier && each !== this && each.identity === this.identity);
    if (same !== undefined) {
      throw new InvalidConfiguration(
        `TextClassifier ${this.node.path}: name and stage are those of ${same.node.path}, too; give one of them another name`,
      );
    }
  }
}

/**
 * A name by which a construct's stacks are known and shared with nobody's: what can be read of the id, and the hash of
 * where it is. It has as many characters as a name may have.
 */
function nameOf({ node }: Construct): string {
  const path = node.scopes.map((each) =>
    // Two deployments of one app to one account differ in the names of their stacks alone.
    Stack.isStack(each) && !Token.isUnresolved(each.stackName) ? each.stackName : each.node.id,
  );
  const hash = createHash('sha256').update(path.join('/')).digest('hex').slice(0, 6);
  const [readable = 'text'] = /[a-z][a-z0-9]{0,7}/.exec(node.id.toLowerCase().replace(/[^a-z0-9]/g, '')) ?? [];
  return `${readable}-${hash}`;
}
