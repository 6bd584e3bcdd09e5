import * as v from 'valibot';
import { NoSuchBucket, NoSuchKey, type ListedObject, type ObjectStore } from '../s3/object-store';
import type { ProcessingRequest } from './processing-request';
import { parseS3Location } from './s3-location';
import { ValidationException } from './sagemaker-error';
import { requireObjects } from './training-channels';

/** The objects of a job's input, and the prefix that their keys lose on the way to the container. */
export interface InputObjects {
  readonly prefix: string;
  readonly objects: readonly ListedObject[];
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html */
const manifest = v.pipe(
  v.string(),
  v.parseJson(),
  v.tupleWithRest([v.strictObject({ prefix: v.pipe(v.string(), v.regex(/^s3:\/\/[^/]+\/?/)) })], v.string()),
);

/**
 * The objects that an input has: all below its prefix, or those that its manifest names, in their order.
 *
 * @throws ValidationException when there is none, or the manifest is none
 */
export async function inputObjects(
  store: ObjectStore,
  { S3DataType, S3Uri }: ProcessingRequest['ProcessingInputs'][number]['S3Input'],
): Promise<InputObjects> {
  if (S3DataType === 'S3Prefix') {
    return { prefix: S3Uri, objects: await requireObjects(store, S3Uri) };
  }
  const parsed = v.safeParse(manifest, await readObject(store, S3Uri));
  if (!parsed.success) {
    throw new ValidationException(
      `${S3Uri} is no manifest, which is a JSON list of {"prefix": "s3://…"} and the rest of each object's URI`,
    );
  }
  const [{ prefix }, ...suffixes] = parsed.output;
  const objects = await Promise.all(
    suffixes.map(async (suffix) => {
      const { bucket, key } = parseS3Location(prefix + suffix);
      return orRefused(
        store.head(bucket, key).then((head) => ({ key, ...head })),
        prefix + suffix,
      );
    }),
  );
  return { prefix, objects };
}

async function readObject(store: ObjectStore, uri: string): Promise<string> {
  const { bucket, key } = parseS3Location(uri);
  return orRefused(store.read(bucket, key).then(String), uri);
}

async function orRefused<T>(result: Promise<T>, uri: string): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof NoSuchBucket || error instanceof NoSuchKey)) throw error;
    throw new ValidationException(`No S3 objects found under S3 URL "${uri}" given in input data source.`);
  }
}
