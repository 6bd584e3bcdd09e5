import { S3Client } from '@aws-sdk/client-s3';
import type { CutCounts } from '../shared/batch';
import { cutInput } from './cut';

const s3 = new S3Client();

/** The batch state machine's step from one input file to parts that a job classifies. */
export async function handler(event: {
  /** The s3:// URL of the run's folder. */
  readonly run: string;
  /** Its place among the run's. */
  readonly file: number;
}): Promise<CutCounts> {
  return cutInput(event.run, event.file, s3);
}
