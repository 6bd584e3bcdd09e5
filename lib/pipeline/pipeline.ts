import { Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ACCELERATED_PARAMETER, MODEL_PARAMETER } from '../../lambda/shared/serving-stack';
import { MOST_CANDIDATES } from '../../lambda/shared/execution-input';
import { AcceleratorAttempt } from './accelerator-attempt';
import type { AcceleratorFunctions } from './accelerator-functions';
import { CandidateSearch } from './candidate-search';
import { explainedFailure } from '../step-functions/execution-failure';
import { FunctionState } from '../step-functions/function-state';
import { ASSIGN_FAILURE, jsonata, jsonataEach } from '../step-functions/jsonata';
import { StateMachine } from '../step-functions/state-machine';
import type { Names } from '../configuration/names';
import type { PipelineFunctions } from './pipeline-functions';
import { PromotionState } from './promotion-state';
import type { ServingProfileName } from '../configuration/serving-configuration';
import { ReportState } from './report-state';
import { SmokeTest } from './smoke-test';
import { StackDeployment } from './stack-deployment';
import type { TracingJob } from './tracing-job';
import type { TrainingJob } from './training-job';

export interface PipelineProps {
  readonly names: Names;
  /** Of an execution's input, as JSON. */
  readonly defaults: string;
  readonly functions: PipelineFunctions;
  /** Deletes the models of past deployments. */
  readonly retireModels: lambda.IFunction;
  readonly training: TrainingJob;
  /** What serves where no accelerator does. */
  readonly profile: Exclude<ServingProfileName, 'elastic-inference'>;
  /** Where what is in service is recorded. */
  readonly artifactsBucket: s3.IBucket;
  /** @default - no accelerator is ever tried */
  readonly accelerator?: {
    readonly functions: AcceleratorFunctions;
    readonly tracing: TracingJob;
    /** Who is told of a refusal. */
    readonly topic: sns.ITopic;
  };
  readonly logRetentionDays: logs.RetentionDays;
}

/** What one may start an execution with; the console shows it. */
const EXAMPLE_INPUTS = [
  '{} trains with the configured defaults',
  '{"dataset": {"source": "s3://bucket/sentences.csv"}, "training": {"epochs": 4}} overrides some for this one execution',
  '{"modelDataUrl": "s3://bucket/model.tar.gz"} deploys that model, if it passes the gate',
  '{"endpoint": "take-down"} deletes the endpoint',
  '{"endpoint": "bring-back"} deploys what was in service last.',
].join('; ');

/**
 * The state machine that turns labeled sentences into a model in service.
 *
 * Input: `{}`, or any of the fields of `lambda/shared/execution-input.ts`, each overriding a default for one execution;
 * with `modelDataUrl`, that artifact is deployed and nothing is trained; with `endpoint`, the endpoint is taken down, or
 * brought back with the model that it served last.
 *
 * Output: what is in service, `$inService`; its `dataset` is what PrepareDataset counted, null where nothing was trained, its
 * `serving` and `evaluation` are those of lambda/shared, its `metrics` are of what serves on a CPU, and its `fp32` of what serves
 * on a GPU or with an accelerator where that differs, else null, its `report` is the s3:// URL of the report of its training, its
 * `formerModel` has the metrics of what was in service last, and its `costUsd` is what the training jobs cost.
 *
 * Failure: Error is a name such as `InvalidDataset` or `QualityGateFailed`; Cause says in which state, why, and what to do.
 *
 * Its variables, which are all that one state leaves for another:
 *
 * | variable      | assigned by                          | what it is                                                         |
 * | ------------- | ------------------------------------ | ------------------------------------------------------------------ |
 * | `$plan`       | Plan                                 | the input over the defaults (lambda/shared/plan.ts)                |
 * | `$dataset`    | Plan, PrepareDataset                 | counts and place of the prepared dataset; null: nothing is trained |
 * | `$artifact`   | ChooseAction, Train, ChooseCandidate | the s3:// URL of the model.tar.gz to judge                         |
 * | `$job`        | Plan, Train                          | the job's seconds; null: none, or those of candidates              |
 * | `$costUsd`    | Plan, Train, ChooseCandidate         | what training jobs have cost; null where the price is not known    |
 * | `$candidates` | Plan, ChooseCandidate                | `CandidateOutcome` of each of lambda/shared; null: there are none  |
 * | `$report`     | Plan, WriteReport                    | `WrittenReport` of lambda/shared: of the training                  |
 * | `$model`      | QualityGate                          | what was judged good, with its metrics and its URL                 |
 * | `$traced`     | IsTraced, StoreTracedModel           | the s3:// URL of the same model for the accelerator                |
 * | `$serving`    | whatever decides how it is served    | `Serving` of lambda/shared/serving-settings.ts                     |
 * | `$deployment` | CheckDeployment and its like         | how a stack's update stands                                        |
 * | `$previous`   | QualityGate, Deploy                  | the stack's parameters to go back to: as recorded, or as found     |
 * | `$smokeTest`  | SmokeTest                            | how the endpoint answered                                          |
 * | `$inService`  | SmokeTest                            | what is in service: the execution's output                         |
 * | `$failure`    | each Catch                           | what failed, in which state: `Failure` of lambda/shared            |
 */
export class Pipeline extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { names, functions, training, accelerator } = props;

    const explainFailure = explainedFailure(this, functions.explainFailure);

    // What says which model the serving stack serves and how, as JSONata expressions.
    const parametersOf = (modelDataUrl: string, endpointConfigName: string): Record<string, string> => ({
      [MODEL_PARAMETER]: modelDataUrl,
      ...(accelerator !== undefined && { [ACCELERATED_PARAMETER]: endpointConfigName }),
    });
    const servingParameters = parametersOf('$model.modelDataUrl', '$serving.endpointConfigName');

    const outcome = {
      // What the pipeline deployed; with an accelerator, the endpoint serves what was traced from it.
      modelDataUrl: jsonata('$model.modelDataUrl'),
      metrics: jsonata('$model.metrics'),
      fp32: jsonata('$model.fp32'),
      evaluation: jsonata('$model.evaluation'),
      candidates: jsonata('$candidates'),
      dataset: jsonata('$dataset'),
      report: jsonata('$model.reportUrl'),
      formerModel: jsonata('$model.formerModel'),
      costUsd: jsonata('$costUsd'),
    };
    const succeeded = sfn.Succeed.jsonata(this, 'Succeeded', {
      comment: 'The new model answers, and what is in service is recorded; or nothing is, and the API answers 503.',
      outputs: jsonata('$inService'),
    });
    const retireModels = new FunctionState(this, 'RetireModels', {
      lambdaFunction: props.retireModels,
      comment: 'Deletes models of past deployments; those that it cannot delete wait for the next one.',
      payload: {},
      timeout: Duration.minutes(15),
    });
    // What was asked for is done all the same; the function's log and its metric Errors tell.
    retireModels.addCatch(succeeded, { errors: ['States.ALL'] });
    const promote = new PromotionState(this, 'Promote', { artifactsBucket: props.artifactsBucket });
    promote.next(retireModels.next(succeeded));

    const smokeTest = new SmokeTest(this, 'SmokeTesting', {
      functions,
      stackName: names.servingStack,
      servingParameters,
      outcome,
      next: promote,
      onFailure: explainFailure,
    });

    // With an accelerator, a failure of the deployment may be AWS's refusal of it.
    const deploymentFailed =
      accelerator === undefined
        ? undefined
        : sfn.Choice.jsonata(this, 'DeploymentFailed', { comment: 'It may be the accelerator that AWS refused.' });
    const deployment = new StackDeployment(this, 'Deployment', {
      functions,
      stackName: names.servingStack,
      parameters: jsonataEach(servingParameters),
      conditions: { keepDown: jsonata('$plan.keepDown') },
      keepPrevious: true,
      whenKeptDown: sfn.Succeed.jsonata(this, 'StaysDown', {
        comment: 'The endpoint was taken down while this execution trained. The model is kept, and can be deployed.',
        outputs: {
          ...outcome,
          endpointName: jsonata('null'),
          warnings: jsonata('[$model.warnings, $report.warnings]'),
          reason:
            'The endpoint was taken down while this execution trained, so the model was not deployed. Start an execution with ' +
            'its URL as modelDataUrl to deploy it; with {"serving": {"evenIfTakenDown": true}}, training does so by itself.',
        },
      }),
      onFailure: deploymentFailed ?? explainFailure,
      next: sfn.Choice.jsonata(this, 'IsInService', { comment: 'There is nothing to test where nothing serves.' })
        .when(sfn.Condition.jsonata(jsonata('$plan.action = "take-down"')), retireModels)
        .otherwise(smokeTest.start),
    });

    const qualityGate = new FunctionState(this, 'QualityGate', {
      lambdaFunction: functions.qualityGate,
      comment: 'Judges the model by the metrics in its archive, and stores a good one under the hash of its content.',
      payload: {
        modelDataUrl: jsonata('$artifact'),
        gate: jsonata('$plan.gate'),
        serving: jsonata('$plan.serving'),
        reportUrl: jsonata('$report.url'),
      },
      assign: {
        model: jsonata('$states.result'),
        // What to go back to unless Deploy finds another: the stack may have this model already, by an execution that was
        // stopped before its smoke test or by an attempt of this one's whose answer was lost.
        previous: jsonataEach(
          parametersOf(
            '$states.result.lastDeployment.modelDataUrl',
            '$states.result.lastDeployment.endpointConfigName',
          ),
        ),
        // What serves unless an accelerator does.
        serving: {
          profile: props.profile,
          accelerator: 'none',
          modelDataUrl: jsonata('$states.result.modelDataUrl'),
          endpointConfigName: jsonata('""'),
          reason: jsonata('$states.result.reason'),
        },
      },
      timeout: Duration.minutes(15),
    });
    if (accelerator === undefined) {
      qualityGate.next(deployment.start);
    } else {
      const attempt = new AcceleratorAttempt(this, 'AcceleratorAttempt', {
        functions,
        acceleratorFunctions: accelerator.functions,
        tracing: accelerator.tracing,
        topic: accelerator.topic,
        acceleratedStackName: names.servingAcceleratedStack,
        onFailure: explainFailure,
        next: deployment.start,
      });
      deploymentFailed
        ?.when(sfn.Condition.jsonata(jsonata('$serving.accelerator = "none"')), explainFailure)
        .otherwise(attempt.fallBack);
      qualityGate.next(
        sfn.Choice.jsonata(this, 'TryAccelerator', { comment: 'The execution may ask for no accelerator.' })
          .when(sfn.Condition.jsonata(jsonata('$model.accelerator = "none"')), deployment.start)
          .otherwise(attempt.start),
      );
    }

    const prepareDataset = new FunctionState(this, 'PrepareDataset', {
      lambdaFunction: functions.prepareDataset,
      comment: 'Reads the labeled sentences, drops duplicates, splits them and writes both sides to S3.',
      payload: { dataset: jsonata('$plan.dataset') },
      assign: { dataset: jsonata('$states.result') },
      timeout: Duration.minutes(15),
    });
    const search = new CandidateSearch(this, 'CandidateSearch', {
      functions,
      training,
      next: new ReportState(this, 'WriteReport', { functions, next: qualityGate }),
      onFailure: explainFailure,
    });
    prepareDataset.next(search.start);

    const plan = new FunctionState(this, 'Plan', {
      lambdaFunction: functions.plan,
      comment: 'Checks the input and lays it over the configured defaults.',
      payload: {
        input: jsonata('$states.input'),
        defaults: props.defaults,
        executionName: jsonata('$states.context.Execution.Name'),
        executionArn: jsonata('$states.context.Execution.Id'),
        startTime: jsonata('$states.context.Execution.StartTime'),
      },
      assign: {
        plan: jsonata('$states.result'),
        ...{ dataset: jsonata('null'), candidates: jsonata('null'), job: jsonata('null') },
        costUsd: jsonata('0'),
        report: { url: jsonata('null'), warnings: [] },
      },
      timeout: Duration.minutes(1),
    });
    for (const state of [plan, prepareDataset, training.state, qualityGate, promote]) {
      state.addCatch(explainFailure, { errors: ['States.ALL'], assign: ASSIGN_FAILURE });
    }

    const definition = plan.next(
      sfn.Choice.jsonata(this, 'ChooseAction', { comment: 'Trains, deploys what is there already, or takes it down.' })
        .when(sfn.Condition.jsonata(jsonata('$plan.action = "train"')), prepareDataset)
        .when(sfn.Condition.jsonata(jsonata('$plan.action = "export"')), training.state)
        .when(sfn.Condition.jsonata(jsonata('$plan.action = "deploy"')), qualityGate, {
          assign: { artifact: jsonata('$plan.modelDataUrl') },
        })
        .when(sfn.Condition.jsonata(jsonata('$plan.action = "take-down"')), deployment.start, {
          assign: {
            model: { modelDataUrl: jsonata('""') },
            serving: { accelerator: 'none', endpointConfigName: jsonata('""') },
            inService: { endpointName: jsonata('null'), modelDataUrl: jsonata('null') },
          },
        }),
    );

    this.stateMachine = new StateMachine(this, 'StateMachine', {
      name: names.stateMachine,
      comment: `Prepares the dataset, fine-tunes the model, judges it, and rolls a good one out. Inputs: ${EXAMPLE_INPUTS}`,
      definition,
      // Each task has a limit of its own; candidates may be trained one after the other.
      timeout: Duration.seconds(MOST_CANDIDATES * training.timeoutSeconds).plus(Duration.hours(6)),
      logRetentionDays: props.logRetentionDays,
    });
    training.state.grantRun(this.stateMachine);
    accelerator?.tracing.state.grantRun(this.stateMachine);
    // The topic's key too, which the state does not know of.
    accelerator?.topic.grantPublish(this.stateMachine);
  }

  /** Lets somebody start, and so rerun, the pipeline. */
  grantStartExecution(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }
}
