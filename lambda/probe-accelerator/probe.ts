import { randomUUID } from 'node:crypto';
import {
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  type ProductionVariantAcceleratorType,
  type ProductionVariantInstanceType,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { isNativeError } from 'node:util/types';
import { isRefusalOfAccelerator } from '../shared/accelerator-refusal';
import { isNotInSageMaker } from '../shared/aws-error';
import { Refused } from '../shared/step-errors';

export interface ProbeOptions {
  /** Of the two resources, which are there for a moment only. */
  readonly namePrefix: string;
  readonly executionRoleArn: string;
  /** The image that would serve with the accelerator. */
  readonly imageUri: string;
  readonly instanceType: string;
}

/**
 * Asks whether this account may have an endpoint with an accelerator, for free: by an endpoint configuration that is
 * deleted at once. Nobody then pays for tracing a model that could not be served.
 *
 * @param modelDataUrl any artifact, for a model must have one
 * @throws Refused with AWS's own words
 */
export async function probeAccelerator(
  accelerator: string,
  modelDataUrl: string,
  options: ProbeOptions,
  sageMaker: SageMakerClient,
): Promise<void> {
  const name = `${options.namePrefix}-${randomUUID().slice(0, 8)}`;
  try {
    await sageMaker.send(
      new CreateModelCommand({
        ModelName: name,
        ExecutionRoleArn: options.executionRoleArn,
        PrimaryContainer: { Image: options.imageUri, ModelDataUrl: modelDataUrl },
      }),
    );
    await sageMaker.send(
      new CreateEndpointConfigCommand({
        EndpointConfigName: name,
        ProductionVariants: [
          {
            VariantName: 'Probe',
            ModelName: name,
            InstanceType: options.instanceType as ProductionVariantInstanceType,
            InitialInstanceCount: 1,
            AcceleratorType: accelerator as ProductionVariantAcceleratorType,
          },
        ],
      }),
    );
  } catch (error) {
    if (isNativeError(error) && isRefusalOfAccelerator(error.message)) {
      throw new Refused(error.message, { cause: error });
    }
    throw error;
  } finally {
    // Both in any case: what failed may be there all the same, where only the answer was lost.
    await logFailure(sageMaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })));
    await logFailure(sageMaker.send(new DeleteModelCommand({ ModelName: name })));
  }
}

/** Nobody pays for what is left, and AWS has given its answer: that counts. */
async function logFailure(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!isNotInSageMaker(error)) {
      console.error('what the probe has made could not be deleted', error);
    }
  }
}
