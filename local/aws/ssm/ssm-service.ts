import { json } from 'node:stream/consumers';
import * as v from 'valibot';
import { account, region } from '../account';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';

/** What `cdk bootstrap` leaves behind: the CDK's command line asks whether it is recent enough. */
export const bootstrapParameters: ReadonlyMap<string, string> = new Map([['/cdk-bootstrap/hnb659fds/version', '33']]);

// No parameter here is encrypted, so there is nothing to decrypt.
const getParameter = v.strictObject({ Name: v.string(), WithDecryption: v.optional(v.boolean()) });

/** SSM's parameter store, read only, over contents by name. */
export class SsmService implements AwsService {
  readonly operations = { GetParameter: getParameter };

  constructor(private readonly parameters: ReadonlyMap<string, string>) {}

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const action = String(request.headers['x-amz-target']).replace('AmazonSSM.', '');
    if (!Object.hasOwn(this.operations, action)) {
      return failure('UnknownOperationException', `the local SSM has no action ${action}`);
    }
    const input = v.safeParse(getParameter, await json(request.body));
    if (!input.success) {
      const [issue] = input.issues;
      return failure('ValidationException', `the local SSM: ${v.getDotPath(issue) ?? 'request'}: ${issue.message}`);
    }
    const { Name } = input.output;
    const Value = this.parameters.get(Name);
    if (Value === undefined) return failure('ParameterNotFound', `Parameter ${Name} not found.`);
    const ARN = `arn:aws:ssm:${region}:${account}:parameter${Name}`;
    return answer(200, { Parameter: { Name, Type: 'String', Value, Version: 1, ARN } });
  }
}

function answer(status: number, body: object): AwsResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}

function failure(type: string, message: string): AwsResponse {
  return answer(400, { __type: type, message });
}
