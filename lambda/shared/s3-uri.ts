/** An object in S3. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/**
 * Takes `s3://bucket/key` apart.
 *
 * @throws Error when it is anything else
 */
export function parseS3Uri(uri: string): S3Location {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new Error(`"${uri}" is not of the form s3://bucket/key`);
  }
  return { bucket, key };
}
