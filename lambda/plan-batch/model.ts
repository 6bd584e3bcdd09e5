import { readArtifact } from '../shared/artifact/artifact';
import { MODELS_FOLDER } from '../shared/artifact/folders';
import { contentUrl, openArtifact, storeByContent } from '../shared/artifact/store';
import { BATCH_FOLDER, type BatchModel } from '../shared/batch';
import { lastModel } from '../shared/last-model';
import { InvalidArtifact, InvalidInput } from '../shared/step-errors';
import type { BatchSettings } from './plan';

/**
 * Pins the model of a run: what is in service when it begins, or an artifact that is given, which is copied to where its
 * content alone decides the name.
 *
 * @throws InvalidInput when no model ever was in service
 * @throws InvalidArtifact when it is not there, is none, or cannot be run by the job
 */
export async function pinModel(
  given: string | undefined,
  { dataBucket, artifactsBucket, s3 }: Pick<BatchSettings, 'dataBucket' | 'artifactsBucket' | 's3'>,
): Promise<{ readonly model: BatchModel; readonly weightsBytes: number }> {
  const modelDataUrl = given ?? (await lastModel(artifactsBucket, s3))?.modelDataUrl;
  if (modelDataUrl === undefined) {
    throw new InvalidInput(
      'there is no model to classify with, as none was ever in service: train one by the pipeline first, or give modelDataUrl',
    );
  }
  const stored = await openArtifact(modelDataUrl, s3);
  const { artifact, labels, severalLabels, maxLength } = await readArtifact(stored.body, modelDataUrl);
  const { sha256, weightsBytes, format, pairs, inWindows } = artifact;
  if (format === 'torchscript') {
    throw new InvalidArtifact(
      `${modelDataUrl} was traced for an accelerator, and a batch has none; give the artifact that it was traced from`,
    );
  }
  const judged = contentUrl(`s3://${artifactsBucket}/${MODELS_FOLDER}`, sha256);
  const folder = `s3://${dataBucket}/${BATCH_FOLDER}/${MODELS_FOLDER}`;
  const url = modelDataUrl === judged ? judged : await storeByContent(modelDataUrl, stored, sha256, folder, s3);
  return { model: { url, sha256, labels, severalLabels, hasPairs: pairs, inWindows, maxLength }, weightsBytes };
}
