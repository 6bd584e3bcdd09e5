import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { readEnvironment } from '../shared/environment';
import { askEndpoint } from './ask';
import { assertServes, type Intended } from './served-model';

const { ENDPOINT_NAME } = readEnvironment('ENDPOINT_NAME');
const sageMaker = new SageMakerClient();
const runtime = new SageMakerRuntimeClient();

/** What was seen to work. */
export interface SmokeTest {
  readonly endpointName: string;
  readonly endpointConfigName: string;
  /** How long one sentence took. */
  readonly milliseconds: number;
}

/** The state machine's step that sees for itself that the endpoint serves the intended model and answers. */
export async function handler(event: Intended): Promise<SmokeTest> {
  const endpointConfigName = await assertServes(ENDPOINT_NAME, event, sageMaker);
  const milliseconds = await askEndpoint(ENDPOINT_NAME, runtime);
  return { endpointName: ENDPOINT_NAME, endpointConfigName, milliseconds };
}
