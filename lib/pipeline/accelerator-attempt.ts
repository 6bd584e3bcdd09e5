import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { SnsPublish } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ACCELERATOR_TYPE_PARAMETER, MODEL_PARAMETER } from '../../lambda/shared/serving-stack';
import { FunctionState } from '../step-functions/function-state';
import type { AcceleratorFunctions } from './accelerator-functions';
import { ASSIGN_FAILURE, jsonata } from '../step-functions/jsonata';
import type { PipelineFunctions } from './pipeline-functions';
import { StackDeployment } from './stack-deployment';
import type { TracingJob } from './tracing-job';

export interface AcceleratorAttemptProps {
  readonly functions: PipelineFunctions;
  readonly acceleratorFunctions: AcceleratorFunctions;
  readonly tracing: TracingJob;
  /** The stack with the accelerated endpoint configuration. */
  readonly acceleratedStackName: string;
  /** Who is told of a refusal. */
  readonly topic: sns.ITopic;
  /** Where a failure goes that is no refusal, with `$failure`. */
  readonly onFailure: sfn.IChainable;
  /** What follows, with what to serve in `$serving`: with the accelerator, or without it where AWS refuses it. */
  readonly next: sfn.IChainable;
}

/** What the message to the topic says. */
const MESSAGE = [
  '"AWS refused the Elastic Inference accelerator " & $model.accelerator & ", so the same model is being deployed without it."',
  '"Reason: " & $serving.reason',
  '"Model: " & $model.modelDataUrl',
  '"Execution: " & $states.context.Execution.Id',
  '"To skip the attempt, set serving.accelerator to \\"none\\" in the execution input, or serving.profile to \\"cpu\\" in the configuration."',
].join(' & "\\n\\n" & ');

/**
 * The states between a good model and an accelerator: ask AWS for free, trace the model, deploy the accelerated endpoint
 * configuration. Wherever AWS refuses, the same model goes on without an accelerator, and somebody is told.
 */
export class AcceleratorAttempt extends Construct {
  readonly start: FunctionState;
  /** Takes any `$failure`, and goes on without the accelerator when it is a refusal. */
  readonly fallBack: FunctionState;

  constructor(scope: Construct, id: string, props: AcceleratorAttemptProps) {
    super(scope, id);
    const { functions, acceleratorFunctions, tracing, onFailure, next } = props;

    const notify = SnsPublish.jsonata(this, 'NotifyOfRefusal', {
      comment: 'Tells the subscribers that the CPU serves, and why.',
      topic: props.topic,
      subject: jsonata('$model.accelerator & " was refused: the CPU serves"'),
      message: sfn.TaskInput.fromText(jsonata(MESSAGE)),
      taskTimeout: sfn.Timeout.duration(Duration.minutes(1)),
    });
    notify.addRetry({ errors: ['States.TaskFailed'], interval: Duration.seconds(2), maxAttempts: 3, backoffRate: 2 });
    // The model is deployed whether or not somebody can be told of it.
    notify.addCatch(next, { errors: ['States.ALL'] });
    notify.next(next);

    this.fallBack = new FunctionState(this, 'FallBack', {
      lambdaFunction: acceleratorFunctions.fallBack,
      comment: 'Tells a refusal of the accelerator by AWS, after which the CPU serves, from any other failure.',
      payload: {
        failure: jsonata('$failure'),
        accelerator: jsonata('$model.accelerator'),
        modelDataUrl: jsonata('$model.modelDataUrl'),
      },
      assign: { serving: jsonata('$states.result') },
      timeout: Duration.minutes(1),
    });
    // What failed is still in `$failure`; that it is no refusal is only this state's finding.
    this.fallBack.addCatch(onFailure, { errors: ['NotARefusal'] });
    this.fallBack.addCatch(onFailure, { errors: ['States.ALL'], assign: ASSIGN_FAILURE });
    this.fallBack.next(notify);

    const deployment = new StackDeployment(this, 'Deployment', {
      functions,
      stackName: props.acceleratedStackName,
      parameters: {
        [MODEL_PARAMETER]: jsonata('$traced'),
        [ACCELERATOR_TYPE_PARAMETER]: jsonata('$model.accelerator'),
      },
      qualifier: 'Accelerated',
      onFailure: this.fallBack,
      next,
      assign: {
        serving: {
          profile: 'elastic-inference',
          accelerator: jsonata('$model.accelerator'),
          modelDataUrl: jsonata('$traced'),
          endpointConfigName: jsonata('$deployment.endpointConfigName'),
          reason: jsonata('null'),
        },
      },
    });

    const storeTraced = new FunctionState(this, 'StoreTracedModel', {
      lambdaFunction: functions.qualityGate,
      comment: 'Stores the traced model under the hash of its content. The model itself has passed the gate.',
      payload: {
        modelDataUrl: jsonata('$artifact'),
        gate: { metric: 'accuracy', minimum: 0, waived: true },
        serving: jsonata('$plan.serving'),
        reportUrl: jsonata('null'),
      },
      assign: { traced: jsonata('$states.result.modelDataUrl') },
      timeout: Duration.minutes(15),
    });

    this.start = new FunctionState(this, 'ProbeAccelerator', {
      lambdaFunction: acceleratorFunctions.probe,
      comment: 'Asks AWS, for free, whether this account may use the accelerator.',
      payload: { accelerator: jsonata('$model.accelerator'), modelDataUrl: jsonata('$model.modelDataUrl') },
      timeout: Duration.minutes(2),
    });
    for (const state of [this.start, tracing.state, storeTraced]) {
      state.addCatch(this.fallBack, { errors: ['States.ALL'], assign: ASSIGN_FAILURE });
    }
    this.start.next(
      sfn.Choice.jsonata(this, 'IsTraced', { comment: 'A model that was traced before is deployed as it is.' })
        .when(sfn.Condition.jsonata(jsonata('$model.format = "torchscript"')), deployment.start, {
          assign: { traced: jsonata('$model.modelDataUrl') },
        })
        .when(sfn.Condition.jsonata(jsonata('$plan.tracedModelDataUrl != null')), deployment.start, {
          assign: { traced: jsonata('$plan.tracedModelDataUrl') },
        })
        .otherwise(tracing.state.next(storeTraced).next(deployment.start)),
    );
  }
}
