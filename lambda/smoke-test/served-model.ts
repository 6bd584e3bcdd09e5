import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  type DescribeEndpointOutput,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { isNotInSageMaker } from '../shared/aws-error';
import { EndpointNotReady, SmokeTestFailed } from '../shared/step-errors';

/** What an execution means to have deployed. */
export interface Intended {
  readonly modelDataUrl: string;
  /** Null when the stack does not tell. */
  readonly endpointConfigName: string | null;
}

/**
 * Checks that an endpoint is in service with the intended configuration and model: one whose update failed goes back
 * to what it served before and looks healthy.
 *
 * @returns the endpoint configuration's name
 * @throws EndpointNotReady while it changes
 * @throws SmokeTestFailed when it failed, does not exist, or serves something else
 */
export async function assertServes(
  endpointName: string,
  intended: Intended,
  sageMaker: SageMakerClient,
): Promise<string> {
  const { EndpointStatus, FailureReason, EndpointConfigName = '' } = await describeEndpoint(endpointName, sageMaker);
  if (EndpointStatus === 'Failed' || EndpointStatus === 'OutOfService') {
    throw new SmokeTestFailed(`endpoint ${endpointName} is ${EndpointStatus}: ${FailureReason ?? 'no reason given'}`);
  }
  if (EndpointStatus !== 'InService') {
    throw new EndpointNotReady(`endpoint ${endpointName} is ${EndpointStatus ?? 'in no state'} and not InService yet`);
  }
  if (intended.endpointConfigName !== null && intended.endpointConfigName !== EndpointConfigName) {
    throw new SmokeTestFailed(
      `endpoint ${endpointName} runs on the configuration ${EndpointConfigName} instead of ${intended.endpointConfigName}: ` +
        'its update failed, or another execution deployed after this one',
    );
  }
  const modelDataUrl = await modelOf(EndpointConfigName, sageMaker);
  if (modelDataUrl !== intended.modelDataUrl) {
    throw new SmokeTestFailed(
      `endpoint ${endpointName} serves ${modelDataUrl ?? 'no model'} instead of ${intended.modelDataUrl}: its update ` +
        'failed, or another execution deployed after this one',
    );
  }
  return EndpointConfigName;
}

async function describeEndpoint(name: string, sageMaker: SageMakerClient): Promise<DescribeEndpointOutput> {
  try {
    return await sageMaker.send(new DescribeEndpointCommand({ EndpointName: name }));
  } catch (error) {
    if (isNotInSageMaker(error)) {
      throw new SmokeTestFailed(`there is no endpoint ${name} although the serving stack is complete`, {
        cause: error,
      });
    }
    throw error;
  }
}

async function modelOf(endpointConfigName: string, sageMaker: SageMakerClient): Promise<string | undefined> {
  const { ProductionVariants } = await sageMaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName: endpointConfigName }),
  );
  const ModelName = ProductionVariants?.[0]?.ModelName;
  const { PrimaryContainer, Containers } = await sageMaker.send(new DescribeModelCommand({ ModelName }));
  return (PrimaryContainer ?? Containers?.[0])?.ModelDataUrl;
}
