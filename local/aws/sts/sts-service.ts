import { account, lentCredentials } from '../account';
import { QueryService } from '../query-protocol';

/** STS for the CDK: the one account, and credentials for any of its roles. */
export function stsService(): QueryService {
  return new QueryService('STS', 'https://sts.amazonaws.com/doc/2011-06-15/', {
    GetCallerIdentity: {
      parameters: [],
      run: () => ({ Arn: `arn:aws:iam::${account}:root`, UserId: account, Account: account }),
    },
    AssumeRole: {
      parameters: ['RoleArn', 'RoleSessionName'],
      run: (call) => {
        const [role, session] = [call.require('RoleArn').split('/').at(-1), call.require('RoleSessionName')];
        return {
          AssumedRoleUser: {
            Arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
            AssumedRoleId: `AROALOCAL:${session}`,
          },
          Credentials: {
            AccessKeyId: lentCredentials.accessKeyId,
            SecretAccessKey: lentCredentials.secretAccessKey,
            SessionToken: lentCredentials.sessionToken,
            Expiration: new Date(Date.now() + 3_600_000).toISOString(),
          },
        };
      },
    },
  });
}
