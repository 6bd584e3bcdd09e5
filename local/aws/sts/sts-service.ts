import { text } from 'node:stream/consumers';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import { QueryAnswers } from '../query-protocol';
import { account } from '../account';

const answers = new QueryAnswers('https://sts.amazonaws.com/doc/2011-06-15/');

/** STS for the CDK: the one account, and credentials for any of its roles. */
export class StsService implements AwsService {
  async handle(request: AwsRequest): Promise<AwsResponse> {
    const form = new URLSearchParams(await text(request.body));
    const action = form.get('Action') ?? '';
    switch (action) {
      case 'GetCallerIdentity':
        return answers.success(action, { Arn: `arn:aws:iam::${account}:root`, UserId: account, Account: account });
      case 'AssumeRole':
        return answers.success(action, assumedRole(form));
      default:
        return answers.failure(400, 'InvalidAction', `the local STS has no action ${action}`);
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
