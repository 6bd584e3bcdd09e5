import { APIGatewayClient, GetApiKeyCommand, GetApiKeysCommand } from '@aws-sdk/client-api-gateway';
import { ApiGatewayService } from '../../../../local/aws/api-gateway/api';
import { type AwsServer, startAwsServer } from '../../../../local/aws/aws-server';

const apiKey = (physicalId: string, properties: Readonly<Record<string, unknown>>) => ({
  type: 'AWS::ApiGateway::ApiKey',
  physicalId,
  properties,
});
const RESOURCES = [
  { type: 'AWS::ApiGateway::RestApi', physicalId: 'api', properties: {} },
  apiKey('of-the-template', { Enabled: true, Value: 'given-by-the-template' }),
  apiKey('generated', {}),
];

let server: AwsServer;
let client: APIGatewayClient;

beforeAll(async () => {
  server = await startAwsServer({ apigateway: new ApiGatewayService(() => RESOURCES, 'generated-here') });
  client = new APIGatewayClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
});
afterAll(() => server.close());

test.each([
  ['of-the-template', true, { enabled: true, value: 'given-by-the-template' }],
  ['generated', true, { enabled: false, value: 'generated-here' }],
  ['generated', false, { enabled: false }],
  ['generated', undefined, { enabled: false }],
])('GetApiKey of %s, with its value or without (%s)', async (id, includeValue, expected) => {
  const { $metadata, ...key } = await client.send(new GetApiKeyCommand({ apiKey: id, includeValue }));
  expect(key).toEqual({ id, ...expected });
});

test.each([
  [new GetApiKeyCommand({ apiKey: 'api' }), 'NotFoundException', 404],
  [new GetApiKeysCommand({}), 'UnknownOperationException', 404],
])('what it does not have is refused %#', async (command, name, httpStatusCode) => {
  await expect(client.send(command as GetApiKeyCommand)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
});
