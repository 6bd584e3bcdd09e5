/** One value of a metric, found in a log line. */
export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly at: Date;
}

/** Finds a job's metrics in its log by the request's MetricDefinitions, as SageMaker does: the first group of each regular expression. */
export class MetricScraper {
  private readonly patterns: readonly { readonly name: string; readonly pattern: RegExp }[];
  private readonly latest = new Map<string, Metric>();

  constructor(definitions: readonly { readonly Name: string; readonly Regex: string }[]) {
    this.patterns = definitions.map(({ Name, Regex }) => ({ name: Name, pattern: new RegExp(Regex) }));
  }

  /** The metrics in one line. */
  scrape(line: string): Metric[] {
    const found = this.patterns.flatMap(({ name, pattern }) => {
      const value = Number.parseFloat(pattern.exec(line)?.[1] ?? '');
      return Number.isFinite(value) ? [{ name, value, at: new Date() }] : [];
    });
    for (const metric of found) this.latest.set(metric.name, metric);
    return found;
  }

  /** The last value of each metric so far: FinalMetricDataList. */
  final(): { MetricName: string; Value: number; Timestamp: number }[] {
    return [...this.latest.values()].map(({ name, value, at }) => ({
      MetricName: name,
      Value: value,
      Timestamp: at.getTime(),
    }));
  }
}
