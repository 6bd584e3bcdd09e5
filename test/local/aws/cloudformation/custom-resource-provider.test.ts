import { CustomResourceProvider } from '../../../../local/aws/cloudformation/custom-resource-provider';

const ServiceToken = 'arn:aws:lambda:us-east-1:000000000000:function:tidy';
const resource = {
  stackName: 'app',
  stackId: 'arn:stack/app/1',
  logicalId: 'Tidy',
  type: 'AWS::CloudFormation::CustomResource',
  properties: { ServiceToken },
};
const current = { physicalId: 'tidy-1', attributes: {} };

type Request = Readonly<Record<string, string>>;

/** A provider whose function answers with these fields over the right ones, or not at all. */
function answering(answer: object | undefined, requests: Request[] = []): CustomResourceProvider {
  return new CustomResourceProvider(async (functionArn, given) => {
    expect(functionArn).toBe(ServiceToken);
    const request = given as Request;
    requests.push(request);
    if (answer === undefined) {
      return { functionError: 'Unhandled', payload: { errorType: 'TypeError', errorMessage: 'no such thing' } };
    }
    const { StackId, RequestId, LogicalResourceId, ResponseURL = '' } = request;
    const ids = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: 'tidy-1' };
    await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify({ Status: 'SUCCESS', ...ids, ...answer }) });
    return { payload: null };
  });
}

test('the function is asked, and its answer is the resource', async () => {
  const requests: Request[] = [];
  const provider = answering({ Data: { Count: 3 } }, requests);
  expect(await provider.create(resource)).toEqual({ physicalId: 'tidy-1', attributes: { Count: 3 } });
  await provider.update(resource, current);
  await provider.delete(resource, current);
  expect(requests).toMatchObject([
    {
      RequestType: 'Create',
      StackId: 'arn:stack/app/1',
      LogicalResourceId: 'Tidy',
      ResourceProperties: { ServiceToken },
    },
    { RequestType: 'Update', PhysicalResourceId: 'tidy-1' },
    { RequestType: 'Delete', PhysicalResourceId: 'tidy-1' },
  ]);
});

test.each([
  ['FAILED', { Status: 'FAILED', Reason: 'still busy' }, /\[FAILED\] from custom resource.*still busy/],
  ['of another request', { RequestId: 'x' }, /RequestId is not that of the request/],
  ['that is none', { Status: 'fine' }, /Invalid response/],
])('an answer %s is a failure', async (_, answer, message) => {
  await expect(answering(answer).delete(resource, current)).rejects.toThrow(message);
});

test('a function that ends without an answer is a failure that names it', async () => {
  await expect(answering(undefined).create(resource)).rejects.toThrow(/function:tidy ended without one.*no such thing/);
});
