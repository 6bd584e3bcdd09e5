import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { isAwsError } from '../shared/aws-error';
import type { EndpointAnswer } from '../shared/endpoint-answer';
import { type Reference, referenceSchema, referenceUrl } from '../shared/reference';
import { parseS3Uri } from '../shared/s3-uri';
import type { Serving } from '../shared/serving-settings';
import { SmokeTestFailed } from '../shared/step-errors';

/** How far a score may be off; a GPU multiplies as TF32 (training-code/source/reference.py). */
const TOLERANCE = 1e-3;
const GPU_TOLERANCE = 1e-2;
/** Of the same arithmetic, on whatever CPU: what multiplies as TF32 comes no closer. */
const SAME = 1e-5;

/** Of a model, as it may serve. */
type Form = keyof Reference['scores'];

/** What a model that the quality gate stored must answer; undefined for an artifact without reference.json. */
export async function knownAnswers(modelDataUrl: string, s3: S3Client): Promise<Reference | undefined> {
  const { bucket, key } = parseS3Uri(referenceUrl(modelDataUrl));
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return v.parse(v.pipe(v.string(), v.parseJson(), referenceSchema), await Body?.transformToString());
  } catch (error) {
    if (isAwsError(error, 'NoSuchKey')) {
      return undefined;
    }
    throw error;
  }
}

/** How an endpoint answers: in the form that it is closest to, and whether by the very arithmetic of that. */
export interface Answering {
  readonly form: Form;
  readonly isExact: boolean;
}

/**
 * Compares an endpoint's answer with what it must be in one of the forms that may serve.
 *
 * @throws SmokeTestFailed with the text's number and how far its score is off
 */
export function assertKnownAnswers(
  answer: EndpointAnswer,
  { labels, scores }: Reference,
  profile: Serving['profile'],
  endpointName: string,
): Answering {
  const named = answer.map((ranked) => new Map(ranked.map(({ label, score }) => [label, score])));
  // A label that is missing is as far off as can be.
  const forms = (Object.entries(scores) as [Form, number[][]][]).map(([form, rows]) => {
    const differences = rows.map((row, text) =>
      Math.max(...row.map((score, id) => Math.abs(score - (named[text]?.get(labels[id] ?? '') ?? Infinity)))),
    );
    return { form, differences, difference: Math.max(...differences) };
  });
  const { form, differences, difference } = forms.reduce((closest, other) =>
    other.difference < closest.difference ? other : closest,
  );
  const tolerance = profile === 'gpu' ? GPU_TOLERANCE : TOLERANCE;
  if (difference > tolerance) {
    throw new SmokeTestFailed(
      `endpoint ${endpointName} answers text ${differences.indexOf(difference) + 1} of reference.json with ` +
        `${Number.isFinite(difference) ? `scores that are ${difference.toPrecision(2)} off` : 'other labels'} where ` +
        `${tolerance} is allowed: its artifact, tokenizer, image or processor is not what the model was judged with; train ` +
        'again, or deploy another artifact with modelDataUrl',
    );
  }
  return { form, isExact: difference < SAME };
}
