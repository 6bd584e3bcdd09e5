import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ACCELERATOR_TYPE_PARAMETER, MODEL_PARAMETER } from '../../lambda/shared/serving-stack';
import { FunctionState } from './function-state';
import type { AcceleratorFunctions } from './accelerator-functions';
import type { PipelineFunctions } from './pipeline-functions';
import { StackDeployment } from './stack-deployment';
import type { TracingJob } from './tracing-job';

export interface AcceleratorAttemptProps {
  readonly functions: PipelineFunctions;
  readonly acceleratorFunctions: AcceleratorFunctions;
  readonly tracing: TracingJob;
  /** The stack with the accelerated endpoint configuration. */
  readonly acceleratedStackName: string;
  /** Where a failure goes that is no refusal, with the failure at `$.failure`. */
  readonly onFailure: sfn.IChainable;
  /** What follows, with what to serve at `$.serving`: with the accelerator, or without it where AWS refuses it. */
  readonly next: sfn.IChainable;
}

/** The name of the state that judges failures, which ExplainFailure must not take for one that failed. */
export const FALL_BACK_STATE = 'FallBack';

/**
 * The states between a good model and an accelerator: ask AWS for free, trace the model, deploy the accelerated endpoint
 * configuration. Wherever AWS refuses, the same model goes on without an accelerator, and somebody is told.
 */
export class AcceleratorAttempt extends Construct {
  readonly start: FunctionState;
  /** Takes any failure at `$.failure`, and goes on without the accelerator when it is a refusal. */
  readonly fallBack: FunctionState;

  constructor(scope: Construct, id: string, props: AcceleratorAttemptProps) {
    super(scope, id);
    const { functions, acceleratorFunctions, tracing, onFailure, next } = props;

    this.fallBack = new FunctionState(this, FALL_BACK_STATE, {
      lambdaFunction: acceleratorFunctions.fallBack,
      payload: {
        'failure.$': '$.failure',
        'accelerator.$': '$.model.accelerator',
        'modelDataUrl.$': '$.model.modelDataUrl',
        'executionArn.$': '$$.Execution.Id',
      },
      resultPath: '$.serving',
      timeout: Duration.minutes(1),
    });
    // What failed is still at `$.failure`; that it is no refusal is only this state's finding.
    this.fallBack.addCatch(onFailure, { errors: ['NotARefusal'], resultPath: '$.judgment' });
    this.fallBack.addCatch(onFailure, { errors: ['States.ALL'], resultPath: '$.failure' });
    this.fallBack.next(next);

    const serveAccelerated = new sfn.Pass(this, 'ServeByAccelerator', {
      parameters: {
        profile: 'elastic-inference',
        'accelerator.$': '$.model.accelerator',
        'modelDataUrl.$': '$.traced.modelDataUrl',
        'endpointConfigName.$': '$.deployment.endpointConfigName',
        // Null, for nothing stands in the way; CDK leaves a plain null out.
        'reason.$': '$.model.reason',
      },
      resultPath: '$.serving',
    });
    const deployment = new StackDeployment(this, 'Deployment', {
      functions,
      stackName: props.acceleratedStackName,
      parameters: {
        [`${MODEL_PARAMETER}.$`]: '$.traced.modelDataUrl',
        [`${ACCELERATOR_TYPE_PARAMETER}.$`]: '$.model.accelerator',
      },
      qualifier: 'Accelerated',
      onFailure: this.fallBack,
      next: serveAccelerated.next(next),
    });

    const storeTraced = new FunctionState(this, 'StoreTracedModel', {
      lambdaFunction: functions.qualityGate,
      payload: {
        'modelDataUrl.$': '$.tracing.modelDataUrl',
        // The model itself has passed.
        gate: { metric: 'accuracy', minimum: 0, waived: true },
        'serving.$': '$.plan.serving',
      },
      resultPath: '$.traced',
      timeout: Duration.minutes(15),
    });
    const useTracedModel = new sfn.Pass(this, 'UseTracedModel', {
      parameters: { 'modelDataUrl.$': '$.model.modelDataUrl' },
      resultPath: '$.traced',
    });

    this.start = new FunctionState(this, 'ProbeAccelerator', {
      lambdaFunction: acceleratorFunctions.probe,
      payload: { 'accelerator.$': '$.model.accelerator', 'modelDataUrl.$': '$.model.modelDataUrl' },
      resultPath: sfn.JsonPath.DISCARD,
      timeout: Duration.minutes(1),
    });
    for (const state of [this.start, tracing.state, storeTraced]) {
      state.addCatch(this.fallBack, { errors: ['States.ALL'], resultPath: '$.failure' });
    }
    this.start.next(
      new sfn.Choice(this, 'IsTraced')
        .when(sfn.Condition.stringEquals('$.model.format', 'torchscript'), useTracedModel.next(deployment.start))
        .otherwise(tracing.state.next(storeTraced).next(deployment.start)),
    );
  }
}
