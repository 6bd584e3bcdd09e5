import { CloudFormationClient, type Stack } from '@aws-sdk/client-cloudformation';
import { findStack } from '../target';
import { asked, type Finding, type Patient } from './finding';

const SUBJECT = 'buckets';

/** The training stack's outputs with the buckets that the configuration's `storage` may name. */
const OUTPUTS = { dataBucket: 'DataBucketName', artifactsBucket: 'ArtifactsBucketName' } as const;

/**
 * Whether the deployment that is there has other buckets than the configuration wants. CloudFormation refuses to take a bucket
 * out of the storage stack that other stacks import; and after every other change, the role that serves could not read the model
 * in service any more, which a new instance of the endpoint would be the first to tell.
 */
export function checkChangedBuckets({ configuration, names, settings, region }: Patient): Promise<Finding[]> {
  return asked(SUBJECT, async () => {
    const client = new CloudFormationClient({ ...settings, region });
    const [storage, training] = await Promise.all([
      findStack(names.storageStack, client),
      findStack(names.trainingStack, client),
    ]);
    return (['dataBucket', 'artifactsBucket'] as const).flatMap((field) => {
      const bucket = outputOf(training, OUTPUTS[field]);
      const wanted = configuration.storage[field];
      const isMade = exportsValue(storage, bucket);
      if (bucket === undefined || (isMade ? wanted === undefined : wanted === bucket)) {
        return [];
      }
      return [
        {
          subject: SUBJECT,
          verdict: 'deployment',
          sentence:
            `the deployment that is there has ${bucket}, and goes on with it: ` +
            `${isMade ? `leave storage.${field} out` : `set storage.${field} to ${bucket}`}, or take the deployment away first ` +
            `to begin anew with ${wanted ?? 'a new one'} (docs/deploy.md).`,
        },
      ];
    });
  });
}

function outputOf(stack: Stack | undefined, name: string): string | undefined {
  return stack?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
}

/** What the storage stack has made itself, the other stacks have of its exports. */
function exportsValue(stack: Stack | undefined, value: string | undefined): boolean {
  return stack?.Outputs?.some(({ OutputValue }) => OutputValue === value) ?? false;
}
