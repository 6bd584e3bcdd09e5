import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { readEnvironment } from '../shared/environment';
import { probeAccelerator } from './probe';

const environment = readEnvironment('NAME_PREFIX', 'EXECUTION_ROLE_ARN', 'IMAGE_URI', 'INSTANCE_TYPE');
// What it has made goes also where SageMaker throttles: some seconds of attempts.
const sageMaker = new SageMakerClient({ maxAttempts: 6 });

/** The state machine's step that finds out, before anything is paid for, whether the account may use the accelerator. */
export async function handler(event: { readonly accelerator: string; readonly modelDataUrl: string }): Promise<void> {
  await probeAccelerator(
    event.accelerator,
    event.modelDataUrl,
    {
      namePrefix: environment.NAME_PREFIX,
      executionRoleArn: environment.EXECUTION_ROLE_ARN,
      imageUri: environment.IMAGE_URI,
      instanceType: environment.INSTANCE_TYPE,
    },
    sageMaker,
  );
}
