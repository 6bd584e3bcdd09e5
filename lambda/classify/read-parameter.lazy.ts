import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

/**
 * Reads a parameter of SSM. To be imported when it is called, for it brings a client of its own.
 *
 * @returns its value; undefined where it has none
 * @throws what SSM throws
 */
export async function readParameter(Name: string, abortSignal: AbortSignal): Promise<string | undefined> {
  const { Parameter } = await new SSMClient().send(new GetParameterCommand({ Name }), { abortSignal });
  return Parameter?.Value;
}
