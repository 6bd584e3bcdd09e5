import { text } from 'node:stream/consumers';
import XMLBuilder from 'fast-xml-builder';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import { account } from './account';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
const builder = new XMLBuilder({ ignoreAttributes: false });

/** STS for the CDK: the one account, and credentials for any of its roles. */
export class StsService implements AwsService {
  async handle(request: AwsRequest): Promise<AwsResponse> {
    const form = new URLSearchParams(await text(request.body));
    const action = form.get('Action') ?? '';
    switch (action) {
      case 'GetCallerIdentity':
        return answer(200, `${action}Response`, {
          [`${action}Result`]: { Arn: `arn:aws:iam::${account}:root`, UserId: account, Account: account },
        });
      case 'AssumeRole':
        return answer(200, `${action}Response`, { [`${action}Result`]: assumedRole(form) });
      default:
        return answer(400, 'ErrorResponse', {
          Error: { Type: 'Sender', Code: 'InvalidAction', Message: `the local STS has no action ${action}` },
        });
    }
  }
}

function assumedRole(form: URLSearchParams): object {
  const role = form.get('RoleArn')?.split('/').at(-1) ?? '';
  const session = form.get('RoleSessionName') ?? '';
  return {
    AssumedRoleUser: {
      Arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
      AssumedRoleId: `AROALOCAL:${session}`,
    },
    Credentials: {
      AccessKeyId: 'ASIALOCAL',
      SecretAccessKey: 'local',
      SessionToken: 'local',
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    },
  };
}

function answer(status: number, root: string, content: object): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: builder.build({ [root]: { '@_xmlns': namespace, ...content, ResponseMetadata: { RequestId: 'local' } } }),
  };
}
