import { CloudFormationClient, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { asked, type Finding, type Patient } from './finding';

const SUBJECT = 'buckets';

/**
 * Whether another deployment has the artifacts bucket that the configuration names: it has one record of what is in service,
 * so that each would bring back, and classify tables by, the model that the other put there.
 */
export function checkSharedBucket({ configuration, names, settings, region }: Patient): Promise<Finding[]> {
  const { artifactsBucket } = configuration.storage;
  if (artifactsBucket === undefined) {
    return Promise.resolve([]);
  }
  return asked(SUBJECT, async () => {
    const client = new CloudFormationClient({ ...settings, region });
    for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) {
      const other = Stacks.find(
        ({ StackName, Outputs = [] }) =>
          StackName !== names.trainingStack &&
          Outputs.some(
            ({ OutputKey, OutputValue }) => OutputKey === 'ArtifactsBucketName' && OutputValue === artifactsBucket,
          ),
      );
      if (other !== undefined) {
        return [
          {
            subject: SUBJECT,
            verdict: 'deployment',
            sentence:
              `storage.artifactsBucket, ${artifactsBucket}, is that of the deployment with the stack ${other.StackName ?? ''}, and ` +
              'has room for what is in service of one alone: name another, or leave it out.',
          },
        ];
      }
    }
    return [];
  });
}
