import { BatchGetImageCommand, ECRClient } from '@aws-sdk/client-ecr';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { isAwsError } from '../../lambda/shared/aws-error';
import { servingProfile } from '../../lib/configuration/serving-profile';
import { TRAINING_REPOSITORY } from '../../lib/sagemaker/container-image';
import { asked, type Finding, type Patient } from './finding';

/** Whether AWS has the images that models are trained and served in, by the call that SageMaker pulls them with. */
export async function checkImages({ configuration, region, settings }: Patient): Promise<Finding[]> {
  const { training, serving, images } = configuration;
  const registryId = images.registryAccount ?? RegionInfo.get(region).dlcRepositoryAccount;
  const ecr = new ECRClient({ ...settings, region });
  const wanted = [
    {
      subject: 'training image',
      repositoryName: TRAINING_REPOSITORY,
      tag: training.imageTag,
      field: 'training.imageTag',
    },
    { subject: 'serving image', ...servingProfile(serving).image, field: 'serving.imageTag' },
  ];
  const findings = wanted.map(({ subject, repositoryName, tag, field }) =>
    asked(subject, async () => {
      const isThere = await hasImage(ecr, { registryId, repositoryName, imageIds: [{ imageTag: tag }] });
      return isThere
        ? [{ subject, verdict: 'good', sentence: `${repositoryName}:${tag}.` }]
        : [
            {
              subject,
              verdict: 'run',
              sentence: `${repositoryName}:${tag} is not in the registry ${registryId ?? ''} of ${region}: correct ${field}, or choose another region.`,
            },
          ];
    }),
  );
  return (await Promise.all(findings)).flat();
}

async function hasImage(
  ecr: ECRClient,
  image: ConstructorParameters<typeof BatchGetImageCommand>[0],
): Promise<boolean> {
  try {
    const { images } = await ecr.send(new BatchGetImageCommand(image));
    return (images ?? []).length > 0;
  } catch (error) {
    if (isAwsError(error, 'RepositoryNotFoundException')) {
      return false;
    }
    throw error;
  }
}
