import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { REFUSED_METRIC } from '../shared/accelerator-refusal';

/** An execution that serves without the accelerator that it asked for. */
export interface FallBack {
  readonly accelerator: string;
  readonly reason: string;
  readonly modelDataUrl: string;
  readonly executionArn: string;
}

/** Tells the subscribers of a topic that the CPU serves, and why. */
export async function notify(fallBack: FallBack, topicArn: string, sns: SNSClient): Promise<void> {
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: `${fallBack.accelerator} was refused: the CPU serves`,
      Message: [
        `AWS refused the Elastic Inference accelerator ${fallBack.accelerator}, so the same model is being deployed without it.`,
        `Reason: ${fallBack.reason}`,
        `Model: ${fallBack.modelDataUrl}`,
        `Execution: ${fallBack.executionArn}`,
        'To skip the attempt, set serving.accelerator to "none" in the execution input, or serving.profile to "cpu" in the configuration.',
      ].join('\n\n'),
    }),
  );
}

/**
 * A log line that CloudWatch turns into a metric by itself.
 *
 * Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricLine(namespace: string, now: Date): string {
  const metrics = { Namespace: namespace, Dimensions: [[]], Metrics: [{ Name: REFUSED_METRIC, Unit: 'Count' }] };
  return JSON.stringify({ _aws: { Timestamp: now.getTime(), CloudWatchMetrics: [metrics] }, [REFUSED_METRIC]: 1 });
}
