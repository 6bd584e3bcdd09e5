import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { openTarget, stackOutput, type TargetOptions } from '../target';
import type { Terminal } from '../terminal';

/** What a batch needs of where it runs. */
export interface Site {
  readonly s3: S3Client;
  readonly stepFunctions: SFNClient;
  readonly stateMachineArn: string;
  readonly dataBucket: string;
  readonly artifactsBucket: string;
}

/** @throws CommandFailed when no local run is there, or the stacks are not */
export async function openSite(options: TargetOptions, terminal: Terminal): Promise<Site> {
  const target = openTarget(options, terminal);
  const { batchStack, trainingStack } = target.names;
  const [stateMachineArn, dataBucket, artifactsBucket] = await Promise.all([
    stackOutput(batchStack, 'BatchStateMachineArn', target),
    stackOutput(trainingStack, 'DataBucketName', target),
    stackOutput(trainingStack, 'ArtifactsBucketName', target),
  ]);
  // The stand-in of S3 has no names of hosts for its buckets.
  const s3 = new S3Client({ ...target.settings, forcePathStyle: target.local !== undefined });
  return { s3, stepFunctions: new SFNClient(target.settings), stateMachineArn, dataBucket, artifactsBucket };
}
