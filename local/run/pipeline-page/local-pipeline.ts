import { parseS3Uri } from '../../../lambda/shared/s3-uri';
import type { LocalCloud } from '../cloud';
import { readInService } from '../in-service';
import type { Executions } from './executions';
import type { InService } from './fragments';
import type { Definition } from './graph';
import type { Pipeline } from './server';

/** The pipeline that is deployed to this machine. */
export class LocalPipeline implements Pipeline {
  private parsed: { readonly text: string; readonly definition: Definition } | undefined;

  constructor(
    private readonly cloud: LocalCloud,
    readonly executions: Executions,
  ) {}

  definition(): Definition | undefined {
    const text = this.cloud.definition('StateMachineArn');
    if (text !== undefined && text !== this.parsed?.text) {
      this.parsed = { text, definition: JSON.parse(text) as Definition };
    }
    return text === undefined ? undefined : this.parsed?.definition;
  }

  async inService(): Promise<InService | null> {
    const record = await this.record();
    return record === undefined
      ? null
      : { metrics: record.metrics, promotedAt: record.promotedAt, hasReport: record.report !== null };
  }

  async report(): Promise<Buffer | undefined> {
    const url = (await this.record())?.report;
    if (url === undefined || url === null) {
      return undefined;
    }
    const { bucket, key } = parseS3Uri(url);
    return this.cloud.objects.read(bucket, key);
  }

  start(input: unknown): string {
    return this.cloud.start('StateMachineArn', input).name;
  }

  async stop(name: string): Promise<void> {
    await this.cloud.stop('StateMachineArn', name);
  }

  /** What Promote has recorded; undefined where nothing is in service. */
  private async record(): ReturnType<typeof readInService> {
    return this.cloud.hasEndpoint ? readInService(this.cloud) : undefined;
  }
}
