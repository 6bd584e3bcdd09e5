import type { ObjectStore } from '../s3/object-store';
import { ValidationError } from './errors';

/**
 * The text of the template at a URL of S3's, path style or virtual hosted, whatever its host: the local S3 stands for all.
 * Throws ValidationError for another URL and for an object that does not exist.
 */
export async function fetchTemplate(url: string, store: ObjectStore): Promise<string> {
  const { hostname, pathname } = parseUrl(url);
  const path = decodeURIComponent(pathname.slice(1));
  const bucketOfHost = /^(.+)\.s3[.-]/.exec(hostname)?.[1];
  const slash = path.indexOf('/');
  const location =
    bucketOfHost === undefined
      ? { bucket: path.slice(0, slash), key: path.slice(slash + 1) }
      : { bucket: bucketOfHost, key: path };
  try {
    return (await store.read(location.bucket, location.key)).toString();
  } catch (error) {
    throw new ValidationError(`S3 error: ${(error as Error).message}`);
  }
}

function parseUrl(url: string): URL {
  if (!URL.canParse(url)) throw new ValidationError(`TemplateURL must be a supported URL: ${url}`);
  return new URL(url);
}
