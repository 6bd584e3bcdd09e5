import { InvalidArtifact } from '../shared/step-errors';
import type { PlannedServing } from '../shared/plan';
import { type ServingSettings, whyUntraceable } from '../shared/serving-settings';
import type { Artifact } from '../shared/artifact/artifact';

/** What the interpreter, PyTorch and Transformers need in a serverless container before any weight is loaded. */
const RUNTIME_MB = 1024;

/** How an artifact can be served: with the planned accelerator, or without it and why. */
export type Fit = Pick<PlannedServing, 'accelerator' | 'reason'>;

/**
 * Checks an artifact against the profile that would serve it, before the endpoint is touched.
 *
 * @param modelDataUrl how messages name the artifact
 * @throws InvalidArtifact when the profile cannot serve it
 */
export function fitToProfile(
  { format, modelType, pairs, inWindows, weightsBytes }: Artifact,
  planned: PlannedServing,
  { untraceableModel, memorySizeInMb }: ServingSettings,
  modelDataUrl: string,
): Fit {
  if (format === 'torchscript' && planned.profile === 'gpu') {
    throw new InvalidArtifact(
      `${modelDataUrl} was traced for an accelerator beside a CPU and cannot be served by the profile gpu; deploy the ` +
        'artifact that it was traced from',
    );
  }
  const neededMb = Math.ceil(weightsBytes / 2 ** 20) + RUNTIME_MB;
  if (memorySizeInMb !== null && neededMb > memorySizeInMb) {
    throw new InvalidArtifact(
      `${modelDataUrl} needs about ${neededMb} MB of memory and serving.memorySizeInMb is ${memorySizeInMb}; raise it ` +
        '(to at most 6144), or choose the serving.profile cpu',
    );
  }
  const untraceable = planned.accelerator === 'none' ? undefined : whyUntraceable(modelType, pairs, inWindows);
  if (untraceable === undefined) {
    return { accelerator: planned.accelerator, reason: planned.reason };
  }
  if (untraceableModel === 'refuse') {
    throw new InvalidArtifact(
      `${modelDataUrl} is not accepted: ${untraceable}; deploy another, or set serving.accelerator to "none"`,
    );
  }
  return { accelerator: 'none', reason: untraceable };
}

/**
 * Says that the endpoint will be slower than it need be, or would be without the accelerator that is tried, where training has
 * not said so itself.
 *
 * @param python of the serving image; where it is null, nothing is said of the artifact's onnxruntime
 * @returns a sentence, or undefined
 */
export function whySlow(
  { format, hasOnnx, runtimes, servingFormat }: Artifact,
  { profile, accelerator }: Pick<PlannedServing, 'profile' | 'accelerator'>,
  python: ServingSettings['python'],
): string | undefined {
  // Training that could not export says why.
  if (format === 'torchscript' || profile === 'gpu' || servingFormat?.startsWith('torch')) {
    return undefined;
  }
  const so = `so that ${accelerator === 'none' ? '' : 'without the accelerator '}PyTorch serves, several times slower`;
  if (!hasOnnx) {
    return `the artifact has no model.onnx, ${so}; this pipeline's training writes one`;
  }
  if (python === null || runtimes.some((runtime) => runtime.startsWith(`${python}-linux_`))) {
    return undefined;
  }
  const found = runtimes.length === 0 ? 'no onnxruntime' : `onnxruntime for ${runtimes.join(', ')} alone`;
  return (
    `the artifact brings ${found} and the serving image has ${python} on Linux, ${so}; train on AWS, with a ` +
    'training.imageTag of the same Python as serving.imageTag'
  );
}
