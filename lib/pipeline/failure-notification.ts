import * as events from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface FailureNotificationProps {
  /** Of the state machines whose executions are told of; they need not exist yet. */
  readonly stateMachineArns: readonly string[];
  readonly topic: sns.ITopic;
}

/**
 * Tells a topic of each execution that fails, runs out of time or is stopped: by EventBridge, since a state machine that
 * has run out of time tells nothing any more.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export class FailureNotification extends events.Rule {
  constructor(scope: Construct, id: string, { stateMachineArns, topic }: FailureNotificationProps) {
    super(scope, id, {
      description: 'Tells of executions that fail, of the pipeline and of batches.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['ABORTED', 'FAILED', 'TIMED_OUT'],
          stateMachineArn: [...stateMachineArns],
        },
      },
    });
    const detail = (field: string): string => events.EventField.fromPath(`$.detail.${field}`);
    this.addTarget(
      new SnsTopic(topic, {
        message: events.RuleTargetInput.fromText(
          `The execution ${detail('name')} ended as ${detail('status')} (${detail('error')}): ${detail('cause')}`,
        ),
      }),
    );
  }
}
