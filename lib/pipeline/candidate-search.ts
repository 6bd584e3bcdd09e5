import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { FunctionState } from '../step-functions/function-state';
import { ASSIGN_FAILURE, jsonata } from '../step-functions/jsonata';
import type { PipelineFunctions } from './pipeline-functions';
import type { TrainingJob } from './training-job';

export interface CandidateSearchProps {
  readonly functions: PipelineFunctions;
  readonly training: TrainingJob;
  /** What follows, with the archive of the one model, or of the best candidate, in `$artifact`. */
  readonly next: sfn.IChainable;
  /** Where a failure of all candidates goes. */
  readonly onFailure: sfn.IChainable;
}

/** What Step Functions calls SageMaker's ResourceLimitExceeded, which AWS's own examples write both ways. */
const AT_LIMIT = ['SageMaker.ResourceLimitExceededException', 'SageMaker.ResourceLimitExceeded'];
/**
 * Of what SageMaker says then, where other jobs take instances. It calls an instance type that a region does not have by the
 * same name, and says nothing of the kind: no end of a job would help there, nor where none runs.
 */
const UTILIZATION = 'current utilization of ';
/** An execution has 25,000 events, and an attempt nine: eleven candidates may wait so for jobs of seven hours, one after the other. */
const BETWEEN_ATTEMPTS = Duration.minutes(10);

/**
 * The states that train one model, or, where the plan has candidates, each of these, some at once, and take the one that
 * does best on the validation part of the training split. A candidate that fails does not fail the others, and one that the
 * account has no instances left for waits until another job has ended.
 */
export class CandidateSearch extends Construct {
  readonly start: sfn.Choice;

  constructor(scope: Construct, id: string, { functions, training, next, onFailure }: CandidateSearchProps) {
    super(scope, id);
    const candidate = training.candidateState;
    const failed = sfn.Succeed.jsonata(this, 'CandidateFailed', {
      comment: 'The other candidates go on; why this one failed is told with what became of them.',
      outputs: {
        failure: jsonata(
          `{"state": "${candidate.node.id}", "error": $states.input.Error, "cause": $states.input.Cause}`,
        ),
      },
    });
    const wait = sfn.Wait.jsonata(this, 'WaitForInstances', {
      comment: "The account's quota of instances is taken by other jobs: waits for one of them to end.",
      time: sfn.WaitTime.duration(BETWEEN_ATTEMPTS),
      outputs: jsonata('$candidate'),
    });
    const canWait = sfn.Choice.jsonata(this, 'CanWaitForInstances', {
      comment: 'Where no job takes any, there are fewer than the candidate needs, or none of this type in the region.',
    })
      .when(
        sfn.Condition.jsonata(
          jsonata(
            `$contains($states.input.Cause, "${UTILIZATION}") and $not($contains($states.input.Cause, "${UTILIZATION}0 "))`,
          ),
        ),
        wait.next(candidate),
      )
      .otherwise(failed);
    candidate.addCatch(canWait, {
      errors: AT_LIMIT,
      assign: { candidate: jsonata('$states.input') },
    });
    candidate.addCatch(failed, { errors: ['States.ALL'] });
    const train = sfn.Map.jsonata(this, 'TrainCandidates', {
      comment: 'Trains every candidate, so many at once as the plan says.',
      items: sfn.ProvideItems.jsonata(jsonata('$plan.training.candidates')),
      jsonataMaxConcurrency: jsonata('$plan.training.maxConcurrency'),
    });
    train.itemProcessor(candidate);
    const choose = new FunctionState(this, 'ChooseCandidate', {
      lambdaFunction: functions.chooseCandidate,
      comment: "Takes the candidate with the best value of the gate's metric on the validation part.",
      payload: {
        candidates: jsonata(
          '[$plan.training.candidates.{"overrides": overrides, "instanceCount": instanceCount, "instancePrice": instancePrice}]',
        ),
        results: jsonata('$states.input'),
        metric: jsonata('$plan.gate.metric'),
      },
      assign: {
        artifact: jsonata('$states.result.modelDataUrl'),
        candidates: jsonata('$states.result.candidates'),
        costUsd: jsonata('$states.result.costUsd'),
      },
      timeout: Duration.minutes(1),
    });
    for (const state of [train, choose]) {
      state.addCatch(onFailure, { errors: ['States.ALL'], assign: ASSIGN_FAILURE });
    }
    train.next(choose.next(next));
    training.state.next(next);
    this.start = sfn.Choice.jsonata(this, 'HasCandidates', { comment: 'One model is trained, or the best of several.' })
      .when(sfn.Condition.jsonata(jsonata('$count($plan.training.candidates) > 0')), train)
      .otherwise(training.state);
  }
}
