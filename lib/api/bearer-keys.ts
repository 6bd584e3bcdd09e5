import { Duration } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { RestApiOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Construct } from 'constructs';

export interface BearerKeysProps {
  readonly restApi: apigateway.RestApi;
  /** For people. */
  readonly comment: string;
}

/**
 * Runs at CloudFront's edge for each request, in under a millisecond. JavaScript runtime 2.0 has no modules; header names are
 * in lower case: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
 */
const BEARER_TO_API_KEY = `function handler(event) {
  var headers = event.request.headers;
  var bearer = headers.authorization && /^Bearer +(\\S+)$/i.exec(headers.authorization.value);
  if (bearer) {
    headers['x-api-key'] = { value: bearer[1] };
    delete headers.authorization;
  }
  return event.request;
}`;

/**
 * A second address of the API that also takes `Authorization: Bearer KEY` for the API key.
 *
 * API Gateway itself reads a key from the header x-api-key, or has a Lambda function say it, which starts cold and is called
 * before every request. This is CloudFront in front of it, whose function only moves the key to the header that API Gateway
 * reads: keys, usage plan and throttle stay API Gateway's.
 */
export class BearerKeys extends Construct {
  private readonly distribution: cloudfront.Distribution;

  constructor(scope: Construct, id: string, { restApi, comment }: BearerKeysProps) {
    super(scope, id);
    const bearerToApiKey = new cloudfront.Function(this, 'BearerToApiKey', {
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(BEARER_TO_API_KEY),
      comment: 'Moves a bearer key to the header x-api-key.',
    });
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment,
      defaultBehavior: {
        // API Gateway gives its integration 29 seconds.
        origin: new RestApiOrigin(restApi, { readTimeout: Duration.seconds(30) }),
        allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
        cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
        originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        functionAssociations: [{ eventType: cloudfront.FunctionEventType.VIEWER_REQUEST, function: bearerToApiKey }],
      },
    });
  }

  /** The address, which takes the place of the stage's. */
  get url(): string {
    return `https://${this.distribution.distributionDomainName}/`;
  }
}
