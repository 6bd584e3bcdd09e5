import type { S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { readInServiceRecord } from './in-service-record';

const formerModelSchema = v.object({
  modelDataUrl: v.string(),
  promotedAt: v.string(),
  serving: v.object({ endpointConfigName: v.string() }),
  metrics: v.nullable(v.record(v.string(), v.number())),
  evaluation: v.optional(
    v.nullable(v.object({ calibrationError: v.nullable(v.object({ served: v.number() })) })),
    null,
  ),
  dataset: v.optional(v.nullable(v.object({ sha256: v.string(), testRows: v.number() })), null),
});

/** The model that was in service last, as Promote recorded it. */
export type FormerModel = v.InferOutput<typeof formerModelSchema>;

/** @returns null where none ever was in service */
export async function readFormerModel(bucket: string, s3: S3Client): Promise<FormerModel | null> {
  return (await readInServiceRecord(formerModelSchema, bucket, s3)) ?? null;
}
