import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { readEnvironment } from '../shared/environment';
import type { Serving } from '../shared/serving-settings';
import { askEndpoint } from './ask';
import { type Answering, assertKnownAnswers, knownAnswers } from './known-answers';
import { assertServes, type Intended } from './served-model';

const { ENDPOINT_NAME } = readEnvironment('ENDPOINT_NAME');
const sageMaker = new SageMakerClient();
const s3 = new S3Client();
const runtime = new SageMakerRuntimeClient();

/** What a model without reference.json is asked, of which only the answer's form is known. */
const SENTENCE = 'This sentence is here to see whether the model answers.';

/** What was seen to work. */
export interface SmokeTest {
  readonly endpointName: string;
  readonly endpointConfigName: string;
  /** How long the answer took. */
  readonly milliseconds: number;
  /** What is worth knowing of what serves, a sentence each. */
  readonly warnings: readonly string[];
}

const SLOW =
  'the endpoint answers in fp32 and not in int8 as the artifact could: its onnxruntime is for another Python or processor ' +
  'than the serving image has, so that PyTorch serves, several times slower; train with an image of the same Python';

const WITHOUT_GPU =
  "the endpoint answers in int8 on the CPU, not on a GPU: its instances have none, or one whose driver the image's CUDA " +
  'does not know; choose another serving.inferenceAmiVersion or serving.imageTag, or the cheaper profile cpu';

/** The state machine's step that sees for itself that the endpoint serves the intended model and answers as that does. */
export async function handler(
  event: Intended &
    Pick<Serving, 'profile'> & {
      /** Whether the gate has said so: what it foresaw is not told again. */
      readonly isToldSlow: boolean;
    },
): Promise<SmokeTest> {
  const endpointConfigName = await assertServes(ENDPOINT_NAME, event, sageMaker);
  const reference = await knownAnswers(event.modelDataUrl, s3);
  const { answer, milliseconds } = await askEndpoint(
    ENDPOINT_NAME,
    reference?.texts ?? [SENTENCE],
    reference?.labels.length ?? 1,
    runtime,
  );
  const answering = reference && assertKnownAnswers(answer, reference, event.profile, ENDPOINT_NAME);
  const warnings = answering ? warningsOf(answering, event, reference.scores.int8 !== undefined) : [];
  return { endpointName: ENDPOINT_NAME, endpointConfigName, milliseconds, warnings };
}

function warningsOf(
  { form, isExact }: Answering,
  { profile, isToldSlow }: { readonly profile: Serving['profile']; readonly isToldSlow: boolean },
  couldBeInt8: boolean,
): string[] {
  if (profile === 'gpu') {
    return form === 'int8' && isExact ? [WITHOUT_GPU] : [];
  }
  return form === 'fp32' && couldBeInt8 && !isToldSlow ? [SLOW] : [];
}
