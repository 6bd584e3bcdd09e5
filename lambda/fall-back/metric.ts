import { REFUSED_METRIC } from '../shared/accelerator-refusal';

/**
 * A log line that CloudWatch turns into a metric by itself: one more execution to which AWS refused the accelerator.
 *
 * Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricLine(namespace: string, now: Date): string {
  const metrics = { Namespace: namespace, Dimensions: [[]], Metrics: [{ Name: REFUSED_METRIC, Unit: 'Count' }] };
  return JSON.stringify({ _aws: { Timestamp: now.getTime(), CloudWatchMetrics: [metrics] }, [REFUSED_METRIC]: 1 });
}
