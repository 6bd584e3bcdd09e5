import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, BundlingOutput, DockerImage } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { create } from 'tar';

/** The folder that SageMaker's training toolkit gets as `sagemaker_submit_directory`: train.py and what it imports. */
const TRAINING_SOURCE = join(__dirname, '..', 'training-code', 'source');

/**
 * `training-code/source` as the gzipped tar that SageMaker's training toolkit expects (CDK's own assets are zips).
 * Packed here, so that no Docker is needed.
 */
export class TrainingSource extends Asset {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      path: TRAINING_SOURCE,
      exclude: ['__pycache__', '.*_cache'],
      assetHashType: AssetHashType.SOURCE,
      bundling: {
        image: DockerImage.fromRegistry('never-used'),
        local: {
          tryBundle(outputDirectory: string): boolean {
            create(
              {
                cwd: TRAINING_SOURCE,
                file: join(outputDirectory, 'sourcedir.tar.gz'),
                gzip: true,
                portable: true,
                sync: true,
              },
              readdirSync(TRAINING_SOURCE)
                .filter((name) => name.endsWith('.py') || name === 'requirements.txt')
                .sort(),
            );
            return true;
          },
        },
        outputType: BundlingOutput.SINGLE_FILE,
      },
    });
  }
}
