import type { ObjectLocation } from '../s3/object-store';
import { ValidationException } from './sagemaker-error';

/** Takes `s3://bucket/key` apart; the key may be empty. Throws ValidationException for anything else. */
export function parseS3Location(uri: string): ObjectLocation {
  const [, bucket, key] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (bucket === undefined) {
    throw new ValidationException(`Invalid S3 URI: ${uri}. Please provide one of the form s3://bucket/key`);
  }
  return { bucket, key: key ?? '' };
}
