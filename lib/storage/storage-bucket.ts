import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface StorageBucketProps {
  /** With DESTROY, the bucket is emptied when its stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  /** What lies under these, e.g. `datasets/`, is needed by the execution that wrote it and by no other. */
  readonly transientPrefixes: readonly string[];
}

/** An execution takes at most five days and a few hours; the rest is for looking into one that failed. */
const TRANSIENT_FOR = Duration.days(30);

/** A private, encrypted, versioned bucket that accepts TLS only and forgets aborted uploads and transient objects. */
export class StorageBucket extends s3.Bucket {
  constructor(scope: Construct, id: string, props: StorageBucketProps) {
    super(scope, id, {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          noncurrentVersionExpiration: Duration.days(30),
          // What is left of an object whose every version has expired.
          expiredObjectDeleteMarker: true,
        },
        ...props.transientPrefixes.map((prefix) => ({
          prefix,
          expiration: TRANSIENT_FOR,
          // Of two rules the shorter holds. Expiry only makes a version noncurrent, and so does each checkpoint the one before
          // it, of which a job on spot instances writes hundreds.
          noncurrentVersionExpiration: Duration.days(1),
        })),
      ],
      removalPolicy: props.removalPolicy,
      autoDeleteObjects: props.removalPolicy === RemovalPolicy.DESTROY,
    });
    // A bucket that stays goes on accepting TLS only.
    if (props.removalPolicy === RemovalPolicy.RETAIN) this.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
