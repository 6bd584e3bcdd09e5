import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, BundlingOutput, DockerImage } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { create } from 'tar';

export interface SourceDirectoryProps {
  /** The folder under training-code/. */
  readonly folder: string;
}

/**
 * A folder of training-code/ as the gzipped tar that SageMaker's training toolkit expects as
 * `sagemaker_submit_directory` (CDK's own assets are zips). Packed here, so that no Docker is needed.
 */
export class SourceDirectory extends Asset {
  constructor(scope: Construct, id: string, { folder }: SourceDirectoryProps) {
    const path = join(__dirname, '..', '..', 'training-code', folder);
    super(scope, id, {
      path,
      exclude: ['__pycache__', '.*_cache'],
      assetHashType: AssetHashType.SOURCE,
      bundling: {
        image: DockerImage.fromRegistry('never-used'),
        local: {
          tryBundle(outputDirectory: string): boolean {
            create(
              { cwd: path, file: join(outputDirectory, 'sourcedir.tar.gz'), gzip: true, portable: true, sync: true },
              readdirSync(path)
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
