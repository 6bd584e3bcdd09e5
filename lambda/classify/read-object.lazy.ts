import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';

/**
 * Reads a small object of S3. To be imported when it is called, for it brings a client of its own.
 *
 * @returns its text; undefined where there is no such object
 * @throws what else S3 throws
 */
export async function readObject(Bucket: string, Key: string): Promise<string | undefined> {
  try {
    const { Body } = await new S3Client().send(new GetObjectCommand({ Bucket, Key }));
    return await Body?.transformToString();
  } catch (error) {
    if (error instanceof NoSuchKey) {
      return undefined;
    }
    throw error;
  }
}
