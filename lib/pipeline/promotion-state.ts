import { Duration } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { IN_SERVICE_KEY } from '../../lambda/shared/in-service';
import { jsonata } from '../step-functions/jsonata';

export interface PromotionStateProps {
  readonly artifactsBucket: s3.IBucket;
}

/**
 * The state that records what is in service, `$inService` and how it came to be, as `in-service.json` in the artifacts
 * bucket.
 */
export class PromotionState extends CallAwsService {
  constructor(scope: Construct, id: string, { artifactsBucket }: PromotionStateProps) {
    super(scope, id, {
      queryLanguage: sfn.QueryLanguage.JSONATA,
      comment: 'Records what is in service, for the next execution to bring back.',
      service: 's3',
      action: 'putObject',
      parameters: {
        Bucket: artifactsBucket.bucketName,
        Key: IN_SERVICE_KEY,
        // Step Functions writes an object as JSON. Of the candidates, their outcomes are there; with their plans too, it
        // would be near the limit of what a state can carry.
        Body: jsonata(
          '$merge([$inService, {"smokeTest": $smokeTest, ' +
            '"plan": $merge([$plan, {"training": $merge([$plan.training, {"candidates": []}])}])}])',
        ),
        ContentType: 'application/json',
      },
      iamAction: 's3:PutObject',
      iamResources: [artifactsBucket.arnForObjects(IN_SERVICE_KEY)],
      taskTimeout: sfn.Timeout.duration(Duration.minutes(1)),
    });
    this.addRetry({
      errors: ['S3.S3Exception', 'S3.SdkClientException'],
      interval: Duration.seconds(2),
      maxAttempts: 5,
      backoffRate: 2,
      jitterStrategy: sfn.JitterType.FULL,
    });
  }
}
