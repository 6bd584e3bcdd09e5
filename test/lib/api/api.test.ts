import { Match } from 'aws-cdk-lib/assertions';
import { CachePolicy } from 'aws-cdk-lib/aws-cloudfront';
import { synthesized } from '../synthesized';

function apiOf(configuration: unknown = {}) {
  const { names, template } = synthesized(configuration);
  return template(names.apiStack);
}

const api = apiOf();

it('has POST /classify and GET /model, for whom has a key, and leaves their bodies to the function', () => {
  const methods = Object.values(api.findResources('AWS::ApiGateway::Method')).map(
    ({ Properties }) => Properties as Record<string, unknown>,
  );
  expect(methods.map(({ HttpMethod }) => HttpMethod).sort()).toEqual(['GET', 'POST']);
  for (const { ApiKeyRequired, AuthorizationType, RequestModels, RequestValidatorId } of methods) {
    expect([ApiKeyRequired, AuthorizationType, RequestModels, RequestValidatorId]).toEqual([
      true,
      'NONE',
      undefined,
      undefined,
    ]);
  }
  const paths = Object.values(api.findResources('AWS::ApiGateway::Resource')).map(
    ({ Properties }) => (Properties as { PathPart: string }).PathPart,
  );
  expect(paths.sort()).toEqual(['classify', 'model']);
});

it.each([
  ['INVALID_API_KEY', 'Forbidden', '403'],
  ['MISSING_AUTHENTICATION_TOKEN', 'NotFound', '404'],
  ['ACCESS_DENIED', 'Forbidden', undefined],
  ['EXPIRED_TOKEN', 'Forbidden', undefined],
  ['INVALID_SIGNATURE', 'Forbidden', undefined],
  ['THROTTLED', 'Overloaded', undefined],
  ['REQUEST_TOO_LARGE', 'PayloadTooLarge', undefined],
  ['UNSUPPORTED_MEDIA_TYPE', 'UnsupportedMediaType', undefined],
  ['INTEGRATION_TIMEOUT', 'Timeout', undefined],
  ['INTEGRATION_FAILURE', 'Unavailable', '503'],
  ['DEFAULT_4XX', 'BadRequest', undefined],
  ['DEFAULT_5XX', 'Internal', undefined],
])('answers %s as %s in the shape of every error', (responseType, errorType, statusCode) => {
  const retryAfter = { Overloaded: "'1'", Unavailable: "'30'" }[errorType];
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
  expect(properties.ResponseParameters).toEqual(
    retryAfter === undefined ? {} : { 'gatewayresponse.header.Retry-After': retryAfter },
  );
  const body = properties.ResponseTemplates['application/json']?.replace('$context.error.messageString', '"said"');
  expect(JSON.parse(body ?? '')).toEqual({ error: expect.any(String) as string, error_type: errorType });
});

it('bounds what one key may ask', () => {
  api.resourceCountIs('AWS::ApiGateway::ApiKey', 1);
  api.hasResourceProperties('AWS::ApiGateway::UsagePlan', { Throttle: { RateLimit: 50, BurstLimit: 100 } });
  api.resourceCountIs('AWS::ApiGateway::UsagePlanKey', 1);
});

it('lets the function answer before the gateway gives up, and call its endpoints only', () => {
  api.hasResourceProperties('AWS::Lambda::Function', {
    Timeout: 28,
    Environment: {
      Variables: {
        ENDPOINT_NAME: 'classifier-dev-instance',
        ENDPOINT_NAME_PARAMETER: '/classifier-dev/endpoint-name',
        METRIC_NAMESPACE: 'classifier-dev',
        ARTIFACTS_BUCKET: Match.anyValue(),
        NODE_OPTIONS: '--enable-source-maps',
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
          Resource: ['instance', 'ml-*', 'serverless'].map(
            (kind) => `arn:aws:sagemaker:eu-west-1:123456789012:endpoint/classifier-dev-${kind}`,
          ),
        },
        {
          Sid: 'LookUpEndpoint',
          Effect: 'Allow',
          Action: 'ssm:GetParameter',
          Resource: 'arn:aws:ssm:eu-west-1:123456789012:parameter/classifier-dev/endpoint-name',
        },
      ]),
    },
  });
});

it('leaves the logging of the region to other APIs when it goes', () => {
  api.allResources('AWS::ApiGateway::Account', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  const [roleId = ''] = Object.keys(
    api.findResources('AWS::IAM::Role', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }),
  );
  api.hasResourceProperties('AWS::ApiGateway::Account', { CloudWatchRoleArn: { 'Fn::GetAtt': [roleId, 'Arn'] } });
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
  it('lets the function answer the preflight of a browser, which has no key', () => {
    const corsApi = apiOf({ api: { allowedOrigins: ['https://a.example', 'https://b.example'] } });
    corsApi.hasResourceProperties('AWS::ApiGateway::Method', {
      HttpMethod: 'OPTIONS',
      ApiKeyRequired: Match.absent(),
      AuthorizationType: 'NONE',
      Integration: { Type: 'AWS_PROXY' },
    });
    corsApi.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { ALLOWED_ORIGINS: 'https://a.example,https://b.example' } },
    });
  });
});

describe('with pages', () => {
  const pagesApi = apiOf({ api: { pages: true } });

  it('shows them to everyone, by a function that may do nothing', () => {
    const open = Object.values(
      pagesApi.findResources('AWS::ApiGateway::Method', { Properties: { ApiKeyRequired: Match.absent() } }),
    ).map(({ Properties }) => (Properties as { HttpMethod: string }).HttpMethod);
    expect(open).toEqual(['GET', 'GET', 'GET']);
    const roles = Object.keys(pagesApi.findResources('AWS::IAM::Role')).filter((id) => id.startsWith('Pages'));
    expect(roles).toHaveLength(1);
    pagesApi.resourcePropertiesCountIs('AWS::IAM::Policy', { Roles: [{ Ref: roles[0] }] }, 0);
    pagesApi.hasOutput('PageUrl', {});
  });

  it('shows none unless they are asked for', () => {
    expect(api.findOutputs('PageUrl')).toEqual({});
    api.resourcePropertiesCountIs('AWS::ApiGateway::Method', { ApiKeyRequired: Match.absent() }, 0);
  });
});

describe('with bearer keys', () => {
  it('has CloudFront move the key to where the gateway reads it, and keep nothing', () => {
    const bearerApi = apiOf({ api: { bearerKeys: true } });
    bearerApi.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        DefaultCacheBehavior: {
          CachePolicyId: CachePolicy.CACHING_DISABLED.cachePolicyId,
          FunctionAssociations: [{ EventType: 'viewer-request' }],
          ViewerProtocolPolicy: 'https-only',
        },
      },
    });
    bearerApi.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'POST', ApiKeyRequired: true });
    bearerApi.hasOutput('BearerUrl', {});
    api.resourceCountIs('AWS::CloudFront::Distribution', 0);
  });
});
