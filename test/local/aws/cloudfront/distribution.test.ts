import type { ApiResource } from '../../../../local/aws/api-gateway/resource-types';
import { Distribution } from '../../../../local/aws/cloudfront/distribution';
import { cloudFrontProviders } from '../../../../local/aws/cloudfront/resource-types';

const DISTRIBUTION_CONFIG = {
  Enabled: true,
  DefaultCacheBehavior: {
    AllowedMethods: ['GET', 'POST'],
    CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
    OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
    FunctionAssociations: [{ EventType: 'viewer-request', FunctionARN: 'the-function' }],
    TargetOriginId: 'origin',
    ViewerProtocolPolicy: 'https-only',
  },
  Origins: [{ Id: 'origin', DomainName: 'a.example', CustomOriginConfig: { OriginProtocolPolicy: 'https-only' } }],
};

const resource = (type: string, physicalId: string, properties: Record<string, unknown>): ApiResource => ({
  type: `AWS::CloudFront::${type}`,
  physicalId,
  properties,
});

function distribution(code: string): Distribution {
  const FunctionConfig = { Runtime: 'cloudfront-js-2.0' };
  const found = Distribution.fromResources([
    resource('Distribution', 'd', { DistributionConfig: DISTRIBUTION_CONFIG }),
    resource('Function', 'the-function', { Name: 'f', FunctionCode: code, FunctionConfig, AutoPublish: true }),
  ]);
  if (found === undefined) throw new Error('there is no distribution');
  return found;
}

it('gives the origin the headers that the function leaves', () => {
  const code = `function handler(event) {
    var headers = event.request.headers;
    headers.added = { value: headers['x-given'].value + '!' };
    delete headers.removed;
    return event.request;
  }`;
  expect(distribution(code).originHeaders(['X-Given', 'one', 'Removed', 'two'])).toEqual([
    ...['x-given', 'one'],
    ...['added', 'one!'],
  ]);
});

it.each([
  ['answers by itself', 'function handler(event) { return { statusCode: 403 }; }', /headers/],
  [
    'writes a header in capitals',
    'function handler(event) { event.request.headers.Big = { value: "1" }; return event.request; }',
    /lower case/,
  ],
  [
    'asks for what the edge does not have',
    'function handler(event) { return require("fs"); }',
    /require is not defined/,
  ],
  ['does not end', 'function handler(event) { for (;;); }', /timed out/],
])('refuses a function that %s', (_, code, message) => {
  expect(() => distribution(code).originHeaders(['a', 'b'])).toThrow(message);
});

it('is not there where no resource is one', () => {
  expect(Distribution.fromResources([])).toBeUndefined();
});

it.each([
  ['caches', { CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6' }],
  ['has a function for answers', { FunctionAssociations: [{ EventType: 'viewer-response', FunctionARN: 'f' }] }],
])('refuses a distribution that %s', async (_, behavior) => {
  const DefaultCacheBehavior = { ...DISTRIBUTION_CONFIG.DefaultCacheBehavior, ...behavior };
  const create = async () =>
    cloudFrontProviders['AWS::CloudFront::Distribution']?.create({
      stackName: 'stack',
      stackId: 'arn:stack',
      logicalId: 'D',
      type: 'AWS::CloudFront::Distribution',
      properties: { DistributionConfig: { ...DISTRIBUTION_CONFIG, DefaultCacheBehavior } },
    });
  await expect(create()).rejects.toThrow(
    'the local AWS::CloudFront::Distribution cannot take its DistributionConfig.DefaultCacheBehavior',
  );
});
