import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ACCELERATED_PARAMETER, MODEL_PARAMETER } from '../../lambda/shared/serving-stack';
import { AcceleratorAttempt, FALL_BACK_STATE } from './accelerator-attempt';
import type { AcceleratorFunctions } from './accelerator-functions';
import { FunctionState } from './function-state';
import type { Names } from '../configuration/names';
import type { PipelineFunctions } from './pipeline-functions';
import type { ServingProfileName } from '../configuration/serving-configuration';
import { StackDeployment } from './stack-deployment';
import type { TracingJob } from './tracing-job';
import type { TrainingJob } from './training-job';

export interface PipelineProps {
  readonly names: Names;
  readonly functions: PipelineFunctions;
  readonly training: TrainingJob;
  /** What serves where no accelerator does. */
  readonly profile: Exclude<ServingProfileName, 'elastic-inference'>;
  /** @default - no accelerator is ever tried */
  readonly accelerator?: { readonly functions: AcceleratorFunctions; readonly tracing: TracingJob };
  readonly logRetentionDays: logs.RetentionDays;
}

/**
 * The state machine that turns labeled sentences into a model in service.
 *
 * Input: `{}`, or any of the fields of `lambda/plan/execution-input.ts`, each overriding a default for one execution;
 * with `modelDataUrl`, that artifact is deployed and nothing is trained; with `endpoint`, the endpoint is taken down, or
 * brought back with the model that it served last.
 *
 * Output: what is in service: `{"endpointName", "modelDataUrl", "serving", "metrics", "labels", "promotedAt", "execution"}`;
 * `serving` is `{"profile", "accelerator", "modelDataUrl", "reason"}`, where `reason` says why there is no accelerator
 * although one is configured.
 *
 * Failure: Error is a name such as `InvalidDataset` or `QualityGateFailed`; Cause says in which state, why, and what to do.
 */
export class Pipeline extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { names, functions, training, accelerator } = props;

    const failed = new sfn.Fail(this, 'Failed', { errorPath: '$.explanation.error', causePath: '$.explanation.cause' });
    const explainFailure = new FunctionState(this, 'ExplainFailure', {
      lambdaFunction: functions.explainFailure,
      payload: { 'failure.$': '$.failure', 'executionArn.$': '$$.Execution.Id', judge: FALL_BACK_STATE },
      resultPath: '$.explanation',
      timeout: Duration.minutes(1),
    });
    explainFailure.next(failed);

    const promote = new FunctionState(this, 'Promote', {
      lambdaFunction: functions.promote,
      // All of it, for what is not there, such as a dataset where nothing was trained, cannot be named.
      payload: { 'outcome.$': '$', 'executionArn.$': '$$.Execution.Id' },
      timeout: Duration.minutes(1),
    });

    const smokeTest = new FunctionState(this, 'SmokeTest', {
      lambdaFunction: functions.smokeTest,
      payload: {
        'modelDataUrl.$': '$.serving.modelDataUrl',
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
    smokeTest.next(promote);

    // CDK leaves a plain null out.
    const nothing = sfn.JsonPath.stringToJson('null');
    const takenDown = new sfn.Pass(this, 'TakenDown', { parameters: { endpointName: nothing, modelDataUrl: nothing } });

    // With an accelerator, a failure of the deployment may be AWS's refusal of it.
    const deploymentFailed = accelerator === undefined ? undefined : new sfn.Choice(this, 'DeploymentFailed');
    const deployment = new StackDeployment(this, 'Deployment', {
      functions,
      stackName: names.servingStack,
      parameters: {
        [`${MODEL_PARAMETER}.$`]: '$.model.modelDataUrl',
        [`${ACCELERATED_PARAMETER}.$`]: '$.serving.endpointConfigName',
      },
      onFailure: deploymentFailed ?? explainFailure,
      next: new sfn.Choice(this, 'IsInService')
        .when(sfn.Condition.stringEquals('$.plan.action', 'take-down'), takenDown)
        .otherwise(smokeTest),
    });

    const serveWithoutAccelerator = new sfn.Pass(this, 'ServeWithoutAccelerator', {
      parameters: {
        profile: props.profile,
        accelerator: 'none',
        'modelDataUrl.$': '$.model.modelDataUrl',
        endpointConfigName: '',
        'reason.$': '$.model.reason',
      },
      resultPath: '$.serving',
    });
    serveWithoutAccelerator.next(deployment.start);

    const qualityGate = new FunctionState(this, 'QualityGate', {
      lambdaFunction: functions.qualityGate,
      payload: {
        'modelDataUrl.$': '$.training.modelDataUrl',
        'gate.$': '$.plan.gate',
        'serving.$': '$.plan.serving',
      },
      resultPath: '$.model',
      timeout: Duration.minutes(15),
    });
    if (accelerator === undefined) {
      qualityGate.next(serveWithoutAccelerator);
    } else {
      const attempt = new AcceleratorAttempt(this, 'AcceleratorAttempt', {
        functions,
        acceleratorFunctions: accelerator.functions,
        tracing: accelerator.tracing,
        acceleratedStackName: names.servingAcceleratedStack,
        onFailure: explainFailure,
        next: deployment.start,
      });
      deploymentFailed
        ?.when(sfn.Condition.stringEquals('$.serving.accelerator', 'none'), explainFailure)
        .otherwise(attempt.fallBack);
      qualityGate.next(
        new sfn.Choice(this, 'TryAccelerator')
          .when(sfn.Condition.stringEquals('$.model.accelerator', 'none'), serveWithoutAccelerator)
          .otherwise(attempt.start),
      );
    }

    const prepareDataset = new FunctionState(this, 'PrepareDataset', {
      lambdaFunction: functions.prepareDataset,
      payload: { 'dataset.$': '$.plan.dataset' },
      resultPath: '$.dataset',
      timeout: Duration.minutes(15),
    });
    prepareDataset.next(training.state.next(qualityGate));

    const useExistingModel = new sfn.Pass(this, 'UseExistingModel', {
      parameters: { 'modelDataUrl.$': '$.plan.modelDataUrl' },
      resultPath: '$.training',
    });
    useExistingModel.next(qualityGate);

    const takeDown = new sfn.Pass(this, 'TakeDown', {
      parameters: {
        'plan.$': '$.plan',
        model: { modelDataUrl: '' },
        serving: { accelerator: 'none', modelDataUrl: '', endpointConfigName: '' },
      },
    });
    takeDown.next(deployment.start);

    const plan = new FunctionState(this, 'Plan', {
      lambdaFunction: functions.plan,
      payload: { 'input.$': '$.input', 'executionName.$': '$$.Execution.Name' },
      resultPath: '$.plan',
      timeout: Duration.minutes(1),
    });
    for (const state of [plan, prepareDataset, training.state, qualityGate, smokeTest, promote]) {
      state.addCatch(explainFailure, { errors: ['States.ALL'], resultPath: '$.failure' });
    }

    // Whatever the input is, an object or not, it must not be in the way of what the states add.
    const definition = new sfn.Pass(this, 'TakeInput', { parameters: { 'input.$': '$' } })
      .next(plan)
      .next(
        new sfn.Choice(this, 'ChooseAction')
          .when(sfn.Condition.stringEquals('$.plan.action', 'train'), prepareDataset)
          .when(sfn.Condition.stringEquals('$.plan.action', 'deploy'), useExistingModel)
          .otherwise(takeDown),
      );

    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: names.stateMachine,
      comment: 'Prepares the dataset, fine-tunes the model, judges it, and rolls a good one out.',
      definitionBody: sfn.DefinitionBody.fromChainable(definition),
      timeout: Duration.seconds(training.timeoutSeconds).plus(Duration.hours(6)),
      tracingEnabled: true,
      logs: {
        // Errors only, and never the data: inputs may carry a team's sentences.
        level: sfn.LogLevel.ERROR,
        includeExecutionData: false,
        destination: new logs.LogGroup(this, 'Log', {
          logGroupName: `/aws/vendedlogs/states/${names.stateMachine}`,
          retention: props.logRetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    training.state.grantRun(this.stateMachine);
    accelerator?.tracing.state.grantRun(this.stateMachine);
  }

  /** Lets somebody start, and so rerun, the pipeline. */
  grantStartExecution(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }
}
