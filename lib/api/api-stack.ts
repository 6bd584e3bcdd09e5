import { ArnFormat, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { BearerKeys } from './bearer-keys';
import { ClassifyApi } from './classify-api';
import { IN_SERVICE_KEY } from '../../lambda/shared/in-service';
import type { Configuration } from '../configuration/configuration';
import { LambdaFunction } from '../functions/lambda-function';
import type { Names } from '../configuration/names';
import { webPages } from './web-pages';

export interface ApiStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly names: Names;
  /** Has the record of what is in service. */
  readonly artifactsBucket: s3.IBucket;
}

/** `POST /classify` and `GET /model`. Knows the endpoint by its name alone, so that it needs no model to be deployed. */
export class ApiStack extends Stack {
  readonly classifyApi: ClassifyApi;

  constructor(scope: Construct, id: string, { configuration, names, artifactsBucket, ...props }: ApiStackProps) {
    super(scope, id, props);
    const { api } = configuration;

    const classify = new LambdaFunction(this, 'Classify', {
      folder: 'classify',
      description: 'Checks a request, asks the endpoint, and maps its faults to typed errors.',
      environment: {
        ENDPOINT_NAME: names.endpoint,
        ENDPOINT_NAME_PARAMETER: names.endpointNameParameter,
        ALLOWED_ORIGINS: api.allowedOrigins.join(','),
        METRIC_NAMESPACE: names.prefix,
        ARTIFACTS_BUCKET: artifactsBucket.bucketName,
      },
      // Under the gateway's 29 seconds and above the 25 that it gives the endpoint, so that it is the function that answers 504.
      timeout: Duration.seconds(28),
      memorySize: 1024,
      logRetentionDays: configuration.logRetentionDays,
    });
    classify.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'AskEndpoint',
        actions: ['sagemaker:InvokeEndpoint'],
        resources: names.endpointPatterns.map((resourceName) =>
          this.formatArn({ service: 'sagemaker', resource: 'endpoint', resourceName }),
        ),
      }),
    );
    artifactsBucket.grantRead(classify, IN_SERVICE_KEY);
    classify.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'LookUpEndpoint',
        actions: ['ssm:GetParameter'],
        resources: [
          // The parameter's name begins with a slash of its own.
          this.formatArn({
            service: 'ssm',
            resource: `parameter${names.endpointNameParameter}`,
            arnFormat: ArnFormat.NO_RESOURCE_NAME,
          }),
        ],
      }),
    );

    const pages = api.pages
      ? new LambdaFunction(this, 'Pages', {
          folder: 'pages',
          description: 'Shows the page to try the API, and the description of it.',
          files: webPages(),
          environment: { CLASSIFIER_NAME: names.prefix, TAKES_BEARER_KEYS: String(api.bearerKeys) },
          timeout: Duration.seconds(10),
          logRetentionDays: configuration.logRetentionDays,
        })
      : undefined;

    this.classifyApi = new ClassifyApi(this, 'ClassifyApi', {
      restApiName: `${names.prefix}-api`,
      handler: classify,
      pages,
      authorization: api.authorization,
      allowedOrigins: api.allowedOrigins,
      rateLimit: api.rateLimit,
      burstLimit: api.burstLimit,
      logRetentionDays: configuration.logRetentionDays,
    });

    new CfnOutput(this, 'ClassifyUrl', { description: 'POST requests go here.', value: this.classifyApi.url });
    if (api.bearerKeys) {
      const { url } = new BearerKeys(this, 'BearerKeys', {
        restApi: this.classifyApi.restApi,
        comment: `${names.prefix}-api`,
      });
      new CfnOutput(this, 'BearerUrl', {
        description: 'POST requests with Authorization: Bearer go here.',
        value: `${url}classify`,
      });
    }
    if (pages !== undefined) {
      new CfnOutput(this, 'PageUrl', { description: 'To try it in a browser.', value: this.classifyApi.restApi.url });
    }
    if (this.classifyApi.apiKey !== undefined) {
      new CfnOutput(this, 'ApiKeyId', {
        description: 'Read the key with: aws apigateway get-api-key --include-value --api-key <this id>',
        value: this.classifyApi.apiKey.keyId,
      });
    }
  }
}
