import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface StorageBucketProps {
  /** With DESTROY, the bucket is emptied when its stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
}

/** A private, encrypted, versioned bucket that accepts TLS only and forgets aborted uploads. */
export class StorageBucket extends s3.Bucket {
  constructor(scope: Construct, id: string, props: StorageBucketProps) {
    super(scope, id, {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(1), noncurrentVersionExpiration: Duration.days(30) },
      ],
      removalPolicy: props.removalPolicy,
      autoDeleteObjects: props.removalPolicy === RemovalPolicy.DESTROY,
    });
  }
}
