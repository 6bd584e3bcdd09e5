import { apiGatewayProviders } from '../../../../local/aws/api-gateway/resource-types';

const create = (type: string, properties: Record<string, unknown>) => {
  const resource = {
    ...{ stackName: 'api', stackId: 'arn:stack', logicalId: 'R', type },
    properties: { RestApiId: 'api', ...properties },
  };
  return apiGatewayProviders[type]?.create(resource);
};

const proxy = { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: 'arn' };

test.each<[string, Record<string, unknown>, string]>([
  [
    'AWS::ApiGateway::Method',
    { ResourceId: 'r', HttpMethod: 'POST', AuthorizationType: 'CUSTOM' },
    'AuthorizationType',
  ],
  [
    'AWS::ApiGateway::Method',
    { ResourceId: 'r', HttpMethod: 'POST', Integration: { ...proxy, TimeoutInMillis: 50 } },
    'Integration.TimeoutInMillis',
  ],
  [
    'AWS::ApiGateway::Method',
    {
      ResourceId: 'r',
      HttpMethod: 'OPTIONS',
      Integration: { Type: 'MOCK', IntegrationResponses: [{ StatusCode: '204' }] },
    },
    'Integration.Type',
  ],
  [
    'AWS::ApiGateway::GatewayResponse',
    { ResponseType: 'THROTTLED', ResponseParameters: { 'gatewayresponse.header.X': 'context.requestId' } },
    'ResponseParameters.gatewayresponse.header.X',
  ],
  [
    'AWS::ApiGateway::Stage',
    { StageName: 'v1', DeploymentId: 'd', MethodSettings: [{ HttpMethod: 'POST', ResourcePath: '/*' }] },
    'MethodSettings.0.HttpMethod',
  ],
  ['AWS::ApiGateway::UsagePlan', { Quota: { Limit: 1, Period: 'DAY', Offset: 3 } }, 'Quota.Offset'],
])('a %s that the gateway could not serve is refused when it is deployed: %j', async (type, properties, path) => {
  await expect(create(type, properties)).rejects.toThrow(`the local ${type} cannot take its ${path}`);
});

test('what it can serve is recorded', async () => {
  const method = await create('AWS::ApiGateway::Method', {
    ResourceId: 'r',
    HttpMethod: 'POST',
    AuthorizationType: 'AWS_IAM',
    Integration: proxy,
  });
  expect(method?.physicalId).toMatch(/^api-R-/);
});
