import { S3Client } from '@aws-sdk/client-s3';
import { readEnvironment } from '../shared/environment';
import { type FormerModel, readFormerModel } from '../shared/former-model';
import type { Plan, PlannedServing } from '../shared/plan';
import { parseServingSettings } from '../shared/serving-settings';
import { readArtifact, type Artifact } from '../shared/artifact/artifact';
import { type Fit, fitToProfile, whySlow } from './fit';
import { assertGoodEnough } from './gate';
import { MODELS_FOLDER } from '../shared/artifact/folders';
import { openArtifact, storeByContent, storeReference, storeReport } from '../shared/artifact/store';

const { ARTIFACTS_BUCKET, SERVING } = readEnvironment('ARTIFACTS_BUCKET', 'SERVING');
const settings = parseServingSettings(SERVING);
const s3 = new S3Client();

/** A model that passed: `modelDataUrl` is where it was stored under its content's hash. */
export interface AcceptedModel extends Artifact, Fit {
  /** Whether one of the warnings is that PyTorch serves where a CPU does. */
  readonly isSlow: boolean;
  readonly modelDataUrl: string;
  /** The report of its training; null where there is none. */
  readonly reportUrl: string | null;
  /** What was in service last; null: nothing ever was, or this very model. */
  readonly formerModel: Pick<FormerModel, 'modelDataUrl' | 'promotedAt' | 'metrics'> | null;
  /** With what the serving stack served what was in service last; '' where nothing ever was, or no accelerator is. */
  readonly lastDeployment: { readonly modelDataUrl: string; readonly endpointConfigName: string };
}

/**
 * The state machine's step that judges a model by the metrics in its own archive and by whether it can be served as
 * planned, and stores it if so.
 */
export async function handler(event: {
  readonly modelDataUrl: string;
  readonly gate: Plan['gate'];
  readonly serving: PlannedServing;
  /** Of the training that this execution has done. */
  readonly reportUrl: string | null;
}): Promise<AcceptedModel> {
  const stored = await openArtifact(event.modelDataUrl, s3);
  const { artifact, reference } = await readArtifact(stored.body, event.modelDataUrl);
  const fit = fitToProfile(artifact, event.serving, settings, event.modelDataUrl);
  const serving = { profile: event.serving.profile, accelerator: fit.accelerator };
  assertGoodEnough(artifact, serving, event.gate, event.modelDataUrl, event.reportUrl);
  const folder = `s3://${ARTIFACTS_BUCKET}/${MODELS_FOLDER}`;
  const modelDataUrl = await storeByContent(event.modelDataUrl, stored, artifact.sha256, folder, s3);
  if (reference !== undefined) {
    await storeReference(modelDataUrl, reference, s3);
  }
  const reportUrl = await storeReport(event.reportUrl, modelDataUrl, s3);
  const slow = whySlow(artifact, serving, settings.python);
  const warnings = [...artifact.warnings, ...(slow === undefined ? [] : [slow])];
  const last = await readFormerModel(ARTIFACTS_BUCKET, s3);
  return {
    ...artifact,
    ...fit,
    modelDataUrl,
    reportUrl,
    formerModel: formerModelThan(modelDataUrl, last),
    lastDeployment: {
      modelDataUrl: last?.modelDataUrl ?? '',
      endpointConfigName: last?.serving.endpointConfigName ?? '',
    },
    isSlow: slow !== undefined,
    warnings,
  };
}

function formerModelThan(accepted: string, last: FormerModel | null): AcceptedModel['formerModel'] {
  if (last === null || last.modelDataUrl === accepted) {
    return null;
  }
  const { modelDataUrl, promotedAt, metrics } = last;
  return { modelDataUrl, promotedAt, metrics };
}
