import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Parser } from 'tar';
import * as v from 'valibot';
import { parseS3Uri } from '../shared/s3-uri';
import { type MistakenTexts, mistakenTextsSchema, type TrainingMetrics, trainingMetricsSchema } from './metrics';

/** The most that is read of a file in an archive; metrics.json of a thousand labels has 3 MB. */
const LARGEST_JSON_BYTES = 10_000_000;

/** What a training job leaves beside its model.tar.gz, in output.tar.gz, which is small. */
export interface TrainingOutput {
  readonly metrics: TrainingMetrics;
  /** Where they were asked for. */
  readonly mistakenTexts: MistakenTexts;
}

/**
 * Reads what training says of a model.
 *
 * @param modelDataUrl where the job left its model.tar.gz
 * @throws ValiError, with the field, where metrics.json is not as train.py writes it
 */
export async function readTrainingOutput(modelDataUrl: string, s3: S3Client): Promise<TrainingOutput> {
  const { bucket, key } = parseS3Uri(modelDataUrl.replace(/[^/]*$/, 'output.tar.gz'));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const files = new Map<string, Promise<Buffer>>();
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      if (entry.size <= LARGEST_JSON_BYTES) {
        files.set(entry.path.replace(/^\.\//, ''), entry.concat());
      } else {
        entry.resume();
      }
    },
  });
  await pipeline(Body as Readable, createGunzip(), parser);
  return {
    metrics: v.parse(v.pipe(v.string(), v.parseJson(), trainingMetricsSchema), await textOf(files, 'metrics.json')),
    mistakenTexts: v.parse(
      v.pipe(v.optional(v.string(), '{}'), v.parseJson(), mistakenTextsSchema),
      await textOf(files, 'mistakes.json'),
    ),
  };
}

async function textOf(files: ReadonlyMap<string, Promise<Buffer>>, name: string): Promise<string | undefined> {
  return (await files.get(name))?.toString();
}
