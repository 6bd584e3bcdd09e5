import { Duration } from 'aws-cdk-lib';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { FunctionState } from '../step-functions/function-state';
import { jsonata } from '../step-functions/jsonata';
import type { PipelineFunctions } from './pipeline-functions';

export interface ReportStateProps {
  readonly functions: PipelineFunctions;
  /** What follows, whether or not a report could be drawn. */
  readonly next: sfn.IChainable;
}

/** The state that writes the report of a training, before the gate: what is not good enough is what one looks into. */
export class ReportState extends FunctionState {
  constructor(scope: Construct, id: string, { functions, next }: ReportStateProps) {
    super(scope, id, {
      lambdaFunction: functions.writeReport,
      comment: 'Draws the report of the training and puts it beside the model; without one, the model goes on as well.',
      payload: {
        execution: jsonata('$states.context.Execution.Name'),
        modelDataUrl: jsonata('$artifact'),
        plan: jsonata('$plan'),
        dataset: jsonata('$dataset'),
        candidates: jsonata('$candidates'),
        job: jsonata('$job'),
      },
      assign: { report: jsonata('$states.result') },
      timeout: Duration.minutes(2),
    });
    this.addCatch(next, {
      errors: ['States.ALL'],
      assign: {
        report: jsonata(
          '{"url": null, "warnings": ["the report of the training could not be written (" & $states.errorOutput.Error & ' +
            '"); the log of the function write-report says why"]}',
        ),
      },
    });
    this.next(next);
  }
}
