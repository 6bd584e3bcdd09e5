import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { paginateListBuckets, S3Client } from '@aws-sdk/client-s3';
import { findStack } from '../target';
import { asked, type Finding, type Patient } from './finding';

const SUBJECT = 'buckets';

/** The configuration's names of the storage stack's buckets, by how CloudFormation's names of them go on. */
const KINDS = { dataBucket: 'data', artifactsBucket: 'artifacts' } as const;

/**
 * Whether an earlier deployment, destroyed since, has left buckets that the next one would make anew: CloudFormation takes up
 * no bucket by itself, for it makes up their names.
 */
export function checkKeptBuckets({ configuration, names, settings, region }: Patient): Promise<Finding[]> {
  return asked(SUBJECT, async () => {
    const wanted = Object.entries(KINDS).filter(([field]) => !(field in configuration.storage));
    if (wanted.length === 0) {
      return [];
    }
    if ((await findStack(names.storageStack, new CloudFormationClient({ ...settings, region }))) !== undefined) {
      return [];
    }
    const prefix = `${names.storageStack.toLowerCase()}-`;
    const buckets = await bucketsIn(region, prefix, new S3Client({ ...settings, region }));
    const kept = wanted.flatMap(([field, kind]) => {
      const [newest] = buckets.filter((name) => new RegExp(`^${kind}[0-9a-f]{8}-`).test(name.slice(prefix.length)));
      return newest === undefined ? [] : [[field, newest]];
    });
    return kept.length === 0
      ? []
      : [
          {
            subject: SUBJECT,
            verdict: 'choice',
            sentence:
              `an earlier deployment has left ${kept.map(([, name]) => name).join(' and ')}: to go on with what is in there, ` +
              `write {"storage": ${JSON.stringify(Object.fromEntries(kept))}} into the configuration; to make new ones beside them, ` +
              'deploy by npm run deploy -- --new-buckets.',
          },
        ];
  });
}

/** The newest first. */
async function bucketsIn(region: string, prefix: string, client: S3Client): Promise<string[]> {
  const found: { readonly name: string; readonly madeAt: number }[] = [];
  for await (const { Buckets = [] } of paginateListBuckets(
    { client, pageSize: 1000 },
    { Prefix: prefix, BucketRegion: region },
  )) {
    found.push(...Buckets.map(({ Name = '', CreationDate }) => ({ name: Name, madeAt: CreationDate?.getTime() ?? 0 })));
  }
  return found.sort((a, b) => b.madeAt - a.madeAt).map(({ name }) => name);
}
