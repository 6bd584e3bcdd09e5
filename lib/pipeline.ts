import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { PipelineFunctions } from './pipeline-functions';
import type { TrainingJobState } from './training-job-state';

export interface PipelineProps {
  readonly stateMachineName: string;
  readonly functions: PipelineFunctions;
  /** The state that trains. */
  readonly training: TrainingJobState;
  /** The stack whose deployment is waited for. */
  readonly servingStackName: string;
  readonly logRetentionDays: logs.RetentionDays;
}

/** Faults of Lambda and of the network before it, which a second try mends. */
const TRANSIENT_FAULTS = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'SlowDown',
];

/**
 * The state machine that turns labeled sentences into a model in service.
 *
 * Input: `{}`, or any of the fields of `lambda/plan/execution-input.ts`, each overriding a default for one execution;
 * with `modelDataUrl`, that artifact is deployed and nothing is trained.
 *
 * Output: what is in service: `{"endpointName", "modelDataUrl", "metrics", "labels", "promotedAt", "execution"}`.
 *
 * Failure: Error is a name such as `InvalidDataset` or `QualityGateFailed`; Cause says in which state, why, and what to do.
 */
export class Pipeline extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { functions } = props;

    const failed = new sfn.Fail(this, 'Failed', { errorPath: '$.explanation.error', causePath: '$.explanation.cause' });
    const explainFailure = this.invoke('ExplainFailure', functions.explainFailure, {
      payload: { 'failure.$': '$.failure', 'executionArn.$': '$$.Execution.Id' },
      resultPath: '$.explanation',
      timeout: Duration.minutes(1),
    }).next(failed);
    const orExplainFailure = (state: sfn.TaskStateBase | sfn.CustomState) =>
      state.addCatch(explainFailure, { errors: ['States.ALL'], resultPath: '$.failure' });

    const promote = this.invoke('Promote', functions.promote, {
      payload: {
        'plan.$': '$.plan',
        'model.$': '$.model',
        'smokeTest.$': '$.smokeTest',
        'executionArn.$': '$$.Execution.Id',
      },
      timeout: Duration.minutes(1),
    });

    const smokeTest = this.invoke('SmokeTest', functions.smokeTest, {
      payload: {
        'modelDataUrl.$': '$.model.modelDataUrl',
        'endpointConfigName.$': '$.deployment.endpointConfigName',
      },
      resultPath: '$.smokeTest',
      timeout: Duration.minutes(2),
    });
    smokeTest.addRetry({
      errors: ['EndpointNotReady'],
      interval: Duration.seconds(10),
      maxAttempts: 12,
      backoffRate: 1,
    });

    const checkDeployment = this.invoke('CheckDeployment', functions.checkDeployment, {
      payload: { stackName: props.servingStackName, 'modelDataUrl.$': '$.model.modelDataUrl' },
      resultPath: '$.deployment',
      timeout: Duration.minutes(1),
    });
    const waitForDeployment = new sfn.Wait(this, 'WaitForDeployment', {
      time: sfn.WaitTime.duration(Duration.seconds(30)),
    }).next(checkDeployment);
    const deploymentComplete = new sfn.Choice(this, 'DeploymentComplete')
      .when(sfn.Condition.stringEquals('$.deployment.status', 'COMPLETE'), smokeTest.next(promote))
      .otherwise(waitForDeployment);

    const deploy = this.invoke('Deploy', functions.deploy, {
      payload: { 'modelDataUrl.$': '$.model.modelDataUrl' },
      resultPath: '$.deployment',
      timeout: Duration.minutes(1),
    });
    // Another execution, or `cdk deploy`, is changing the stack: wait for up to an hour, which an endpoint may take.
    deploy.addRetry({ errors: ['StackBusy'], interval: Duration.seconds(60), maxAttempts: 60, backoffRate: 1 });
    // The very same model is in service already; the smoke test still has to agree.
    deploy.addCatch(checkDeployment, { errors: ['NothingToDo'], resultPath: '$.deployment' });

    const qualityGate = this.invoke('QualityGate', functions.qualityGate, {
      payload: { 'modelDataUrl.$': '$.training.modelDataUrl', 'gate.$': '$.plan.gate' },
      resultPath: '$.model',
      timeout: Duration.minutes(15),
    });

    const train = new sfn.CustomState(this, 'Train', { stateJson: props.training.stateJson });

    const prepareDataset = this.invoke('PrepareDataset', functions.prepareDataset, {
      payload: { 'dataset.$': '$.plan.dataset' },
      resultPath: '$.dataset',
      timeout: Duration.minutes(15),
    });

    const useExistingModel = new sfn.Pass(this, 'UseExistingModel', {
      parameters: { 'modelDataUrl.$': '$.plan.modelDataUrl' },
      resultPath: '$.training',
    });

    const plan = this.invoke('Plan', functions.plan, {
      payload: { 'input.$': '$.input', 'executionName.$': '$$.Execution.Name' },
      resultPath: '$.plan',
      timeout: Duration.minutes(1),
    });

    for (const state of [plan, prepareDataset, train, qualityGate, deploy, checkDeployment, smokeTest, promote]) {
      orExplainFailure(state);
    }

    const toService = qualityGate.next(deploy).next(checkDeployment).next(deploymentComplete);
    // Whatever the input is, an object or not, it must not be in the way of what the states add.
    const definition = new sfn.Pass(this, 'TakeInput', { parameters: { 'input.$': '$' } })
      .next(plan)
      .next(
        new sfn.Choice(this, 'TrainOrDeploy')
          .when(sfn.Condition.booleanEquals('$.plan.trains', true), prepareDataset.next(train).next(toService))
          .otherwise(useExistingModel.next(qualityGate)),
      );

    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: props.stateMachineName,
      comment: 'Prepares the dataset, fine-tunes the model, judges it, and rolls a good one out.',
      definitionBody: sfn.DefinitionBody.fromChainable(definition),
      timeout: Duration.seconds(props.training.timeoutSeconds).plus(Duration.hours(4)),
      tracingEnabled: true,
      logs: {
        // Errors only, and never the data: inputs may carry a team's sentences.
        level: sfn.LogLevel.ERROR,
        includeExecutionData: false,
        destination: new logs.LogGroup(this, 'Log', {
          logGroupName: `/aws/vendedlogs/states/${props.stateMachineName}`,
          retention: props.logRetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    props.training.grantRun(this.stateMachine);
  }

  /** Lets somebody start, and so rerun, the pipeline. */
  grantStartExecution(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  private invoke(
    id: string,
    lambdaFunction: lambda.IFunction,
    props: { payload: Record<string, unknown>; resultPath?: string; timeout: Duration },
  ): tasks.LambdaInvoke {
    const state = new tasks.LambdaInvoke(this, id, {
      lambdaFunction,
      payload: sfn.TaskInput.fromObject(props.payload),
      // The result alone, so that later states read `$.plan.gate` and not `$.plan.Payload.gate`.
      payloadResponseOnly: true,
      resultPath: props.resultPath,
      taskTimeout: sfn.Timeout.duration(props.timeout),
      retryOnServiceExceptions: false,
    });
    state.addRetry({
      errors: TRANSIENT_FAULTS,
      interval: Duration.seconds(2),
      maxAttempts: 5,
      backoffRate: 2,
      jitterStrategy: sfn.JitterType.FULL,
    });
    return state;
  }
}
