import type { S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { ACCELERATORS } from './execution-input';
import { readInServiceRecord } from './in-service-record';

const recordSchema = v.object({
  modelDataUrl: v.string(),
  serving: v.object({
    accelerator: v.picklist([...ACCELERATORS, 'none']),
    modelDataUrl: v.string(),
    reason: v.nullable(v.string()),
  }),
});

/** What was in service: the model, and what served it. */
export type LastModel = v.InferOutput<typeof recordSchema>;

/** The model that was in service last, by the record that Promote keeps; undefined when none ever was. */
export function lastModel(artifactsBucket: string, s3: S3Client): Promise<LastModel | undefined> {
  return readInServiceRecord(recordSchema, artifactsBucket, s3);
}
