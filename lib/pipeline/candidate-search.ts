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

/**
 * The states that train one model, or, where the plan has candidates, each of these, some at once, and take the one that
 * does best on the validation part of the training split. A candidate that fails does not fail the others.
 */
export class CandidateSearch extends Construct {
  readonly start: sfn.Choice;

  constructor(scope: Construct, id: string, { functions, training, next, onFailure }: CandidateSearchProps) {
    super(scope, id);
    const candidate = training.candidateState;
    candidate.addCatch(
      sfn.Succeed.jsonata(this, 'CandidateFailed', {
        comment: 'The other candidates go on; why this one failed is told with what became of them.',
        outputs: {
          failure: jsonata(
            `{"state": "${candidate.node.id}", "error": $states.input.Error, "cause": $states.input.Cause}`,
          ),
        },
      }),
      { errors: ['States.ALL'] },
    );
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
