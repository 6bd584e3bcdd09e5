/**
 * A log line that CloudWatch turns into metrics by itself, each a count.
 *
 * Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricLine(namespace: string, counts: Readonly<Record<string, number>>, now: Date): string {
  const Metrics = Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' }));
  const metrics = { Namespace: namespace, Dimensions: [[]], Metrics };
  return JSON.stringify({ _aws: { Timestamp: now.getTime(), CloudWatchMetrics: [metrics] }, ...counts });
}
