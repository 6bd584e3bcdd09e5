import { S3Client } from '@aws-sdk/client-s3';
import { type ManifestRequest, writeManifest } from './manifest';

const s3 = new S3Client();

/** The last step of the batch state machine. */
export async function handler(event: ManifestRequest): ReturnType<typeof writeManifest> {
  return writeManifest(event, s3);
}
