import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { isAwsError } from '../shared/aws-error';
import { InvalidInput } from '../shared/step-errors';
import { parseS3Uri } from '../shared/s3-uri';

const HUB_TIMEOUT_MS = 10_000;

const modelConfigSchema = v.pipe(v.string(), v.parseJson(), v.object({ model_type: v.string() }));

/**
 * The architecture of a base model, `model_type` in its config.json, before anything is spent on training it.
 *
 * @param baseModel the s3:// URL of a folder, or a model id of the Hugging Face hub
 * @returns undefined where that cannot be read from here: training has rights of its own, and tells better what is wrong
 * @throws InvalidInput when the folder holds no model
 */
export async function baseModelType(baseModel: string, s3: S3Client): Promise<string | undefined> {
  const text = baseModel.startsWith('s3://') ? await readFromS3(baseModel, s3) : await readFromHub(baseModel);
  const config = v.safeParse(modelConfigSchema, text);
  return config.success ? config.output.model_type : undefined;
}

async function readFromS3(folder: string, s3: S3Client): Promise<string | undefined> {
  const { bucket, key } = parseS3Uri(`${folder.replace(/\/$/, '')}/config.json`);
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return await Body?.transformToString();
  } catch (error) {
    if (isAwsError(error, 'NoSuchKey', 'NoSuchBucket')) {
      throw new InvalidInput(`training.baseModel holds no model: there is no ${folder.replace(/\/$/, '')}/config.json`);
    }
    if (isAwsError(error, 'AccessDenied', 'Forbidden')) {
      console.warn('config.json of the base model may not be read by this function');
      return undefined;
    }
    throw error;
  }
}

/** HF_ENDPOINT is the variable by which all of Hugging Face's own clients find a mirror. */
async function readFromHub(id: string): Promise<string | undefined> {
  const hub = process.env['HF_ENDPOINT'] ?? 'https://huggingface.co';
  try {
    const answer = await fetch(`${hub}/${id}/resolve/main/config.json`, {
      signal: AbortSignal.timeout(HUB_TIMEOUT_MS),
    });
    return answer.ok ? await answer.text() : undefined;
  } catch (error) {
    console.warn('the Hugging Face hub was not reached', error);
    return undefined;
  }
}
