import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { isAwsError } from '../shared/aws-error';
import { InvalidInput } from '../shared/step-errors';
import { parseS3Uri } from '../shared/s3-uri';

const HUB_TIMEOUT_MS = 10_000;

/** The fields of a base model's config.json that tell before training whether it can be trained. */
const modelConfigSchema = v.object({
  model_type: v.string(),
  architectures: v.nullish(v.array(v.string()), []),
  is_encoder_decoder: v.optional(v.boolean(), false),
  is_decoder: v.optional(v.boolean(), false),
  vocab_size: v.optional(v.number()),
  max_position_embeddings: v.optional(v.number()),
});

export type ModelConfig = v.InferOutput<typeof modelConfigSchema>;

/** The classes of Transformers that write text. */
const GENERATIVE = /(?:ForCausalLM|LMHeadModel|ForConditionalGeneration)$/;

/**
 * What a base model is, before anything is spent on training it.
 *
 * @param baseModel the s3:// URL of a folder, or a model id of the Hugging Face hub
 * @returns undefined where that cannot be read from here: training has rights of its own, and tells better what is wrong
 * @throws InvalidInput when the folder holds no model
 */
export async function readModelConfig(baseModel: string, s3: S3Client): Promise<ModelConfig | undefined> {
  const text = baseModel.startsWith('s3://') ? await readFromS3(baseModel, s3) : await readFromHub(baseModel);
  const config = v.safeParse(v.pipe(v.string(), v.parseJson(), modelConfigSchema), text);
  return config.success ? config.output : undefined;
}

/**
 * Why a base model cannot be trained to classify texts; undefined when it can, as far as its config.json tells.
 * training-code/source/base_model.py asks Transformers itself, and has the last word.
 *
 * @param section where the input has the two fields
 */
export function whyUntrainable(config: ModelConfig, maxLength: number, section: string): string | undefined {
  const { model_type, architectures, max_position_embeddings } = config;
  const what = config.is_encoder_decoder
    ? 'writes text by an encoder and a decoder'
    : config.is_decoder || architectures.some((name) => GENERATIVE.test(name))
      ? 'writes text'
      : config.vocab_size === undefined
        ? 'reads no text'
        : undefined;
  if (what !== undefined) {
    return (
      `${section}.baseModel is no encoder of texts: a model of type ${model_type} ${what}; choose one as BERT, RoBERTa, ` +
      'DeBERTa or ModernBERT are'
    );
  }
  return max_position_embeddings !== undefined && max_position_embeddings > 0 && maxLength > max_position_embeddings
    ? `${section}.maxLength is ${maxLength}, and its baseModel takes at most ${max_position_embeddings} tokens; lower ` +
        'it, or choose a model for longer texts'
    : undefined;
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
