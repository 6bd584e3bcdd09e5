import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface ClassifyApiProps {
  readonly restApiName: string;
  /** Answers POST /classify and GET /model. */
  readonly handler: lambda.IFunction;
  /** Answers GET /, GET /docs and GET /openapi.json, for everyone. @default - there are no pages */
  readonly pages?: lambda.IFunction;
  readonly authorization: 'api-key' | 'iam';
  /** Web origins that browsers may call from. */
  readonly allowedOrigins: readonly string[];
  /** Requests per second, sustained, of one API key. */
  readonly rateLimit: number;
  /** Requests at once, of one API key. */
  readonly burstLimit: number;
  readonly logRetentionDays: logs.RetentionDays;
}

interface ErrorResponse {
  readonly type: apigateway.ResponseType;
  /** @default - the type's own */
  readonly statusCode?: string;
  readonly errorType: string;
  /** @default - the gateway's own message */
  readonly message?: string;
  /** When to try again, in seconds. @default - not told */
  readonly retryAfter?: number;
}

/** What the gateway itself answers, in the shape of the handler's errors: `{"error", "error_type"}`. */
function errorResponses(authorization: ClassifyApiProps['authorization']): readonly ErrorResponse[] {
  const { ResponseType } = apigateway;
  return [
    {
      type: ResponseType.INVALID_API_KEY,
      statusCode: '403',
      errorType: 'Forbidden',
      message: 'the header x-api-key is missing or holds no valid API key',
    },
    // The gateway's word for an unknown path or method; with IAM also for an unsigned request.
    authorization === 'iam'
      ? { type: ResponseType.MISSING_AUTHENTICATION_TOKEN, statusCode: '403', errorType: 'Forbidden' }
      : {
          type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
          statusCode: '404',
          errorType: 'NotFound',
          message: 'there are only POST /classify and GET /model',
        },
    { type: ResponseType.ACCESS_DENIED, errorType: 'Forbidden' },
    { type: ResponseType.EXPIRED_TOKEN, errorType: 'Forbidden' },
    { type: ResponseType.INVALID_SIGNATURE, errorType: 'Forbidden' },
    {
      type: ResponseType.THROTTLED,
      errorType: 'Overloaded',
      message: 'too many requests: slow down and try again',
      retryAfter: 1,
    },
    {
      type: ResponseType.REQUEST_TOO_LARGE,
      errorType: 'PayloadTooLarge',
      message: 'the body is too large: send at most 256 kB',
    },
    { type: ResponseType.UNSUPPORTED_MEDIA_TYPE, errorType: 'UnsupportedMediaType' },
    { type: ResponseType.INTEGRATION_TIMEOUT, errorType: 'Timeout', message: 'the model took too long' },
    {
      type: ResponseType.INTEGRATION_FAILURE,
      statusCode: '503',
      errorType: 'Unavailable',
      message: 'the model is not available at the moment: try again later',
      retryAfter: 30,
    },
    { type: ResponseType.DEFAULT_4XX, errorType: 'BadRequest' },
    { type: ResponseType.DEFAULT_5XX, errorType: 'Internal', message: 'something failed on our side' },
  ];
}

/**
 * The REST API with `POST /classify` and `GET /model`: an API key with a usage plan (or IAM), errors in one shape, and
 * CORS only for the origins named. The body is the function's to check, which can say what is wrong with it.
 */
export class ClassifyApi extends Construct {
  readonly restApi: apigateway.RestApi;
  /** Undefined with IAM. */
  readonly apiKey?: apigateway.IApiKey;
  private readonly methods: readonly apigateway.Method[];

  constructor(scope: Construct, id: string, props: ClassifyApiProps) {
    super(scope, id);

    this.restApi = new apigateway.RestApi(this, 'RestApi', {
      restApiName: props.restApiName,
      description: 'POST /classify',
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      deployOptions: {
        stageName: 'v1',
        tracingEnabled: true,
        accessLogDestination: new apigateway.LogGroupLogDestination(
          new logs.LogGroup(this, 'AccessLog', {
            retention: props.logRetentionDays,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
        accessLogFormat: apigateway.AccessLogFormat.jsonWithStandardFields(),
        throttlingRateLimit: props.rateLimit,
        throttlingBurstLimit: props.burstLimit,
      },
      cloudWatchRole: true,
      // An account has one role for the logs of all its APIs in a region: it must not go with one of them.
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
    });

    const integration = new apigateway.LambdaIntegration(props.handler);
    this.methods = (
      [
        ['POST', 'classify'],
        ['GET', 'model'],
      ] as const
    ).map(([httpMethod, path]) => {
      const resource = this.restApi.root.addResource(path);
      if (props.allowedOrigins.length > 0) {
        // A browser's question before the request itself, which carries neither key nor signature.
        resource.addMethod('OPTIONS', integration, { authorizationType: apigateway.AuthorizationType.NONE });
      }
      return resource.addMethod(httpMethod, integration, {
        apiKeyRequired: props.authorization === 'api-key',
        authorizationType:
          props.authorization === 'iam' ? apigateway.AuthorizationType.IAM : apigateway.AuthorizationType.NONE,
      });
    });

    if (props.pages !== undefined) {
      const { root } = this.restApi;
      for (const resource of [root, root.addResource('docs'), root.addResource('openapi.json')]) {
        resource.addMethod('GET', new apigateway.LambdaIntegration(props.pages), {
          authorizationType: apigateway.AuthorizationType.NONE,
        });
      }
    }

    for (const { type, statusCode, errorType, message, retryAfter } of errorResponses(props.authorization)) {
      const error = message === undefined ? '$context.error.messageString' : JSON.stringify(message);
      this.restApi.addGatewayResponse(type.responseType, {
        type,
        statusCode,
        responseHeaders: {
          ...(retryAfter !== undefined && { 'Retry-After': `'${retryAfter}'` }),
          ...corsHeaders(props.allowedOrigins),
        },
        templates: { 'application/json': `{"error":${error},"error_type":"${errorType}"}` },
      });
    }

    if (props.authorization === 'api-key') {
      this.apiKey = this.restApi.addApiKey('ApiKey', { description: `For POST /classify of ${props.restApiName}` });
      const usagePlan = this.restApi.addUsagePlan('UsagePlan', {
        description: 'Bounds what one key may ask, for instance of a client that retries without a pause.',
        throttle: { rateLimit: props.rateLimit, burstLimit: props.burstLimit },
        apiStages: [{ stage: this.restApi.deploymentStage }],
      });
      usagePlan.addApiKey(this.apiKey);
    }
  }

  /** Where to send requests. */
  get url(): string {
    return `https://${this.restApi.restApiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}/${this.restApi.deploymentStage.stageName}/classify`;
  }

  /** Lets a principal classify: sign its requests where the authorization is `iam`, and otherwise read the API key. */
  grantClassify(grantee: iam.IGrantable): iam.Grant {
    return this.apiKey === undefined
      ? iam.Grant.addToPrincipal({
          grantee,
          actions: ['execute-api:Invoke'],
          resourceArns: this.methods.map(({ methodArn }) => methodArn),
        })
      : iam.Grant.addToPrincipal({ grantee, actions: ['apigateway:GET'], resourceArns: [this.apiKey.keyArn] });
  }

  /** Requests, of every path. @default - how many there were in 5 minutes */
  metricRequests(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.restApi.metricCount(props);
  }

  /** From a request to its answer, in milliseconds. @default - the average over 5 minutes */
  metricLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.restApi.metricLatency(props);
  }

  /** Answers of 4xx: requests that are wrong, refused or too many, and 424 where the model failed. @default - the sum over 5 minutes */
  metricClientErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.restApi.metricClientError(props);
  }

  /** Answers of 5xx: 503 where no model is in service, 504 where it took too long. @default - the sum over 5 minutes */
  metricServerErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.restApi.metricServerError(props);
  }
}

/**
 * A gateway response carries a literal, or repeats a header of the request: it cannot choose among several origins, nor
 * leave out one that is not allowed. With several, no page can therefore read the gateway's own errors.
 */
function corsHeaders(allowedOrigins: readonly string[]): Record<string, string> {
  const origin = allowedOrigins.includes('*') ? '*' : allowedOrigins.length === 1 ? allowedOrigins[0] : undefined;
  return origin === undefined
    ? {}
    : { 'Access-Control-Allow-Origin': `'${origin}'`, 'Access-Control-Expose-Headers': "'Retry-After'" };
}
