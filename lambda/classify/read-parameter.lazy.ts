import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';

/**
 * Reads a parameter of SSM. To be imported when it is called, for it brings a client of its own.
 *
 * @returns its value; undefined where there is no such parameter
 * @throws what else SSM throws
 */
export async function readParameter(Name: string, abortSignal: AbortSignal): Promise<string | undefined> {
  try {
    const { Parameter } = await new SSMClient().send(new GetParameterCommand({ Name }), { abortSignal });
    return Parameter?.Value;
  } catch (error) {
    if (error instanceof ParameterNotFound) {
      return undefined;
    }
    throw error;
  }
}
