import { json } from 'node:stream/consumers';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import { account, region } from '../account';

/** What `cdk bootstrap` leaves behind: the CDK's command line asks whether it is recent enough. */
export const bootstrapParameters: ReadonlyMap<string, string> = new Map([['/cdk-bootstrap/hnb659fds/version', '33']]);

/** SSM's parameter store, read only, over contents by name. */
export class SsmService implements AwsService {
  constructor(private readonly parameters: ReadonlyMap<string, string>) {}

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const action = String(request.headers['x-amz-target']).replace('AmazonSSM.', '');
    const input = (await json(request.body)) as { Name?: string; Names?: string[] };
    if (action === 'GetParameter') {
      const name = input.Name ?? '';
      const parameter = this.find(name);
      return parameter
        ? answer(200, { Parameter: parameter })
        : failure('ParameterNotFound', `Parameter ${name} not found.`);
    }
    if (action === 'GetParameters') {
      const names = input.Names ?? [];
      return answer(200, {
        Parameters: names.flatMap((name) => this.find(name) ?? []),
        InvalidParameters: names.filter((name) => !this.parameters.has(name)),
      });
    }
    return failure('UnknownOperationException', `the local SSM has no action ${action}`);
  }

  private find(name: string): object | undefined {
    const value = this.parameters.get(name);
    const arn = `arn:aws:ssm:${region}:${account}:parameter${name}`;
    return value === undefined ? undefined : { Name: name, Type: 'String', Value: value, Version: 1, ARN: arn };
  }
}

function answer(status: number, body: object): AwsResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}

function failure(type: string, message: string): AwsResponse {
  return answer(400, { __type: type, message });
}
