import { Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { LONGEST_RUNTIME_IN_SECONDS } from '../../lambda/shared/batch';
import { explainedFailure } from '../step-functions/execution-failure';
import { FunctionState } from '../step-functions/function-state';
import { ASSIGN_FAILURE, jsonata } from '../step-functions/jsonata';
import { StateMachine } from '../step-functions/state-machine';
import type { BatchFunctions } from './batch-functions';
import type { ClassificationJob } from './classification-job';

export interface BatchProps {
  readonly stateMachineName: string;
  /** USD per hour by type of instance, as far as they are configured. */
  readonly instancePrices: Readonly<Record<string, number>>;
  readonly functions: BatchFunctions;
  readonly job: ClassificationJob;
  readonly logRetentionDays: logs.RetentionDays;
}

/** Input files that are cut, or merged, at once: half of what a new account's functions may be, which leaves room to classify. */
const FILES_AT_ONCE = 5;

/**
 * The state machine that classifies the rows of tables.
 *
 * Input: `lambda/shared/batch-input.ts`. Output: the manifest but for its lists (`BatchSummary` of lambda/write-manifest).
 *
 * Failure: Error is a name such as `InvalidInput` or `ProcessingFailed`; Cause says in which state, why, and what to do.
 * Started again with the same input, it goes on where it ended.
 *
 * | variable   | assigned by               | what it is                                                     |
 * | ---------- | ------------------------- | -------------------------------------------------------------- |
 * | `$run`     | PlanBatch                 | `PlannedBatch` of lambda/shared/batch.ts: what is to be done   |
 * | `$job`     | PriceBatch                | `PricedBatch`: what is left of it, what that takes and costs   |
 * | `$costUsd` | PriceBatch, ClassifyParts | what the job has cost; null where the price is not known       |
 * | `$failure` | each Catch                | what failed, in which state: `Failure` of lambda/shared        |
 */
export class Batch extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: BatchProps) {
    super(scope, id);
    const { functions, job, instancePrices } = props;
    const planBatch = new FunctionState(this, 'PlanBatch', {
      lambdaFunction: functions.planBatch,
      comment: 'Checks the input, pins the model in service, and writes down what is to be done.',
      payload: { input: jsonata('$states.input') },
      assign: { run: jsonata('$states.result') },
      timeout: Duration.minutes(15),
    });
    const cutInputs = this.forEachFile('CutInputs', 'Cuts every input file into parts.', {
      id: 'CutInput',
      comment: 'Cuts an input file into parts of up to 50,000 rows; one that cannot be classified says why.',
      lambdaFunction: functions.cutInput,
    });
    const priceBatch = new FunctionState(this, 'PriceBatch', {
      lambdaFunction: functions.priceBatch,
      comment: 'Says what is left to classify, what that takes and costs, and refuses what costs too much.',
      // A function's environment has room for 4 KB only.
      payload: { run: jsonata('$run'), cut: jsonata('$states.input'), instancePrices },
      assign: { job: jsonata('$states.result'), costUsd: jsonata('0') },
      timeout: Duration.minutes(1),
    });
    const mergeFiles = this.forEachFile('MergeFiles', 'Writes the results of every input file.', {
      id: 'MergeResults',
      comment: 'Writes the results of an input file, its rows with their labels.',
      lambdaFunction: functions.mergeResults,
    });
    const writeManifest = new FunctionState(this, 'WriteManifest', {
      lambdaFunction: functions.writeManifest,
      comment: 'Writes the manifest, now that all results are there.',
      payload: {
        run: jsonata('$run.run'),
        maxErrors: jsonata('$run.maxErrors'),
        seconds: jsonata(
          '($toMillis($states.context.State.EnteredTime) - $toMillis($states.context.Execution.StartTime)) / 1000',
        ),
        costUsd: jsonata('$costUsd'),
      },
      timeout: Duration.minutes(1),
    });

    const failed = explainedFailure(this, functions.explainFailure);
    for (const state of [planBatch, cutInputs, priceBatch, job.state, mergeFiles, writeManifest]) {
      state.addCatch(failed, { errors: ['States.ALL'], assign: ASSIGN_FAILURE });
    }
    const isAnswered = sfn.Choice.jsonata(this, 'IsAnswered', { comment: 'A rerun may find every part answered.' });
    isAnswered.when(sfn.Condition.jsonata(jsonata('$job.missingParts = 0')), mergeFiles).otherwise(job.state);
    job.state.next(mergeFiles.next(writeManifest));
    const definition = planBatch.next(cutInputs.next(priceBatch.next(isAnswered)));

    this.stateMachine = new StateMachine(this, 'StateMachine', {
      name: props.stateMachineName,
      comment: 'Classifies the rows of a table, or of a folder of them, by the model in service.',
      definition,
      timeout: Duration.seconds(LONGEST_RUNTIME_IN_SECONDS).plus(Duration.days(2)),
      logRetentionDays: props.logRetentionDays,
    });
    job.state.grantRun(this.stateMachine);
  }

  /** Lets somebody start a batch. */
  grantStartExecution(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  private forEachFile(
    id: string,
    comment: string,
    state: { readonly id: string; readonly comment: string; readonly lambdaFunction: lambda.IFunction },
  ): sfn.Map {
    return sfn.Map.jsonata(this, id, {
      comment,
      items: sfn.ProvideItems.jsonata(jsonata('[0..$run.fileCount - 1]')),
      maxConcurrency: FILES_AT_ONCE,
    }).itemProcessor(
      new FunctionState(this, state.id, {
        lambdaFunction: state.lambdaFunction,
        comment: state.comment,
        payload: { run: jsonata('$run.run'), file: jsonata('$states.input') },
        timeout: Duration.minutes(15),
      }),
    );
  }
}
