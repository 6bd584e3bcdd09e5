import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

/** What GetObject answers for an object with this content, as far as the functions read it. */
export function storedText(content: string): Partial<GetObjectCommandOutput> {
  return { Body: { transformToString: () => Promise.resolve(content) } as GetObjectCommandOutput['Body'] };
}
