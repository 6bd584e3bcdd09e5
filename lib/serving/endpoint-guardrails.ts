import { type CfnCondition, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { VARIANT_NAME } from './hosted-model';

export interface EndpointGuardrailsProps {
  readonly endpointName: string;
  /** Of the topic that is told of the alarm, which need not exist yet. */
  readonly topicName: string;
  /** The alarm is there only under this condition, as the endpoint is. */
  readonly condition: CfnCondition;
}

/** How long SageMaker watches new instances with all traffic on them before it lets the old ones go. */
const BAKING_TIME = Duration.minutes(5);

/**
 * Blue/green deployment of an endpoint's updates: new instances beside the old, all traffic moved at once, and moved back
 * when they answer with faults.
 *
 * For the time of an update there are twice the instances. Nothing more gradual than all at once works with one
 * instance, for a canary may have at most half of them.
 */
export class EndpointGuardrails extends Construct {
  readonly alarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, { endpointName, topicName, condition }: EndpointGuardrailsProps) {
    super(scope, id);
    this.alarm = new cloudwatch.Alarm(this, 'Faults', {
      alarmDescription: `The model on ${endpointName} fails; an update of it under way is rolled back.`,
      metric: new cloudwatch.Metric({
        namespace: 'AWS/SageMaker',
        metricName: 'Invocation5XXErrors',
        // By name, for the endpoint itself must not be needed by what it needs.
        dimensionsMap: { EndpointName: endpointName, VariantName: VARIANT_NAME },
        statistic: cloudwatch.Stats.SUM,
        period: Duration.minutes(1),
      }),
      threshold: 5,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    const topicArn = Stack.of(this).formatArn({ service: 'sns', resource: topicName });
    this.alarm.addAlarmAction(new SnsAction(sns.Topic.fromTopicArn(this, 'Topic', topicArn)));
    (this.alarm.node.defaultChild as cloudwatch.CfnAlarm).cfnOptions.condition = condition;
  }

  /** AWS::SageMaker::Endpoint's DeploymentConfig, in CloudFormation's spelling. */
  get deploymentConfig(): object {
    return {
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: {
          Type: 'ALL_AT_ONCE',
          WaitIntervalInSeconds: BAKING_TIME.toSeconds(),
        },
        TerminationWaitInSeconds: 60,
        MaximumExecutionTimeoutInSeconds: Duration.minutes(60).toSeconds(),
      },
      AutoRollbackConfiguration: { Alarms: [{ AlarmName: this.alarm.alarmName }] },
    };
  }
}
