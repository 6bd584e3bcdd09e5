import { Match } from 'aws-cdk-lib/assertions';
import { synthesized } from '../synthesized';

function apiOf(configuration: unknown = {}) {
  const { names, template } = synthesized(configuration);
  return template(names.apiStack);
}

const api = apiOf();

it('has POST /classify and nothing else', () => {
  api.resourceCountIs('AWS::ApiGateway::Resource', 1);
  api.hasResourceProperties('AWS::ApiGateway::Resource', { PathPart: 'classify' });
  api.resourceCountIs('AWS::ApiGateway::Method', 1);
  api.hasResourceProperties('AWS::ApiGateway::Method', {
    HttpMethod: 'POST',
    ApiKeyRequired: true,
    AuthorizationType: 'NONE',
    RequestModels: { 'application/json': Match.anyValue() },
    RequestValidatorId: Match.anyValue(),
  });
});

it('asks of a body only that it is an object with inputs, and leaves the rest to the function', () => {
  api.hasResourceProperties('AWS::ApiGateway::RequestValidator', { ValidateRequestBody: true });
  api.hasResourceProperties('AWS::ApiGateway::Model', {
    Schema: { $schema: Match.anyValue(), type: 'object', required: ['inputs'] },
  });
});

it.each([
  ['BAD_REQUEST_BODY', 'BadRequest', undefined],
  ['INVALID_API_KEY', 'Forbidden', '403'],
  ['MISSING_AUTHENTICATION_TOKEN', 'NotFound', '404'],
  ['ACCESS_DENIED', 'Forbidden', undefined],
  ['EXPIRED_TOKEN', 'Forbidden', undefined],
  ['INVALID_SIGNATURE', 'Forbidden', undefined],
  ['THROTTLED', 'Overloaded', undefined],
  ['QUOTA_EXCEEDED', 'Overloaded', undefined],
  ['REQUEST_TOO_LARGE', 'PayloadTooLarge', undefined],
  ['UNSUPPORTED_MEDIA_TYPE', 'UnsupportedMediaType', undefined],
  ['INTEGRATION_TIMEOUT', 'Timeout', undefined],
  ['INTEGRATION_FAILURE', 'Unavailable', '503'],
  ['DEFAULT_4XX', 'BadRequest', undefined],
  ['DEFAULT_5XX', 'Internal', undefined],
])('answers %s as %s in the shape of every error', (responseType, errorType, statusCode) => {
  const responses = Object.values(
    api.findResources('AWS::ApiGateway::GatewayResponse', { Properties: { ResponseType: responseType } }),
  );
  expect(responses).toHaveLength(1);
  const properties = responses[0]?.['Properties'] as {
    StatusCode?: string;
    ResponseTemplates: Record<string, string>;
    ResponseParameters?: unknown;
  };
  expect(properties.StatusCode).toBe(statusCode);
  expect(properties.ResponseParameters).toBeUndefined();
  const body = properties.ResponseTemplates['application/json']?.replace('$context.error.messageString', '"said"');
  expect(JSON.parse(body ?? '')).toEqual({ error: expect.any(String) as string, error_type: errorType });
});

it('bounds what one key may ask', () => {
  api.resourceCountIs('AWS::ApiGateway::ApiKey', 1);
  api.hasResourceProperties('AWS::ApiGateway::UsagePlan', { Throttle: { RateLimit: 50, BurstLimit: 100 } });
  api.resourceCountIs('AWS::ApiGateway::UsagePlanKey', 1);
});

it('lets the function answer before the gateway gives up, and call one endpoint only', () => {
  api.hasResourceProperties('AWS::Lambda::Function', {
    Timeout: 28,
    Environment: {
      Variables: {
        ENDPOINT_NAME: 'classifier-dev-instance',
        RUNTIME_URL: { 'Fn::Join': ['', ['https://runtime.sagemaker.eu-west-1.', { Ref: 'AWS::URLSuffix' }]] },
      },
    },
  });
  api.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        {
          Sid: 'AskEndpoint',
          Effect: 'Allow',
          Action: 'sagemaker:InvokeEndpoint',
          Resource: 'arn:aws:sagemaker:eu-west-1:123456789012:endpoint/classifier-dev-instance',
        },
      ]),
    },
  });
});

describe('with IAM authorization', () => {
  const iamApi = apiOf({ api: { authorization: 'iam' } });

  it('needs a signature and no key', () => {
    iamApi.hasResourceProperties('AWS::ApiGateway::Method', {
      HttpMethod: 'POST',
      AuthorizationType: 'AWS_IAM',
      ApiKeyRequired: false,
    });
    iamApi.resourceCountIs('AWS::ApiGateway::ApiKey', 0);
    iamApi.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
      ResponseType: 'MISSING_AUTHENTICATION_TOKEN',
      StatusCode: '403',
    });
  });
});

describe('with allowed origins', () => {
  it('answers a preflight, and errors, for the one origin', () => {
    const corsApi = apiOf({ api: { allowedOrigins: ['https://a.example'] } });
    corsApi.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'OPTIONS', ApiKeyRequired: false });
    corsApi.allResourcesProperties('AWS::ApiGateway::GatewayResponse', {
      ResponseParameters: { 'gatewayresponse.header.Access-Control-Allow-Origin': "'https://a.example'" },
    });
    corsApi.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { ALLOWED_ORIGINS: 'https://a.example' } },
    });
  });
});
