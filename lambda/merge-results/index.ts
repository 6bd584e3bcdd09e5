import { S3Client } from '@aws-sdk/client-s3';
import { mergeResults } from './merge';

const s3 = new S3Client();

/** The batch state machine's step from answers to the results of one input file. */
export async function handler(event: {
  /** The s3:// URL of the run's folder. */
  readonly run: string;
  /** Its place among the run's. */
  readonly file: number;
}): Promise<{ readonly rows: number }> {
  const { rows } = await mergeResults(event.run, event.file, s3);
  return { rows };
}
