import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Configuration } from '../../lib/configuration/configuration';
import { awsProblem } from '../failure';
import type { ClientSettings } from '../target';
import type { Finding, Patient } from './finding';

/** What the CDK takes where no region is set. */
const DEFAULT_REGION = 'us-east-1';

type Account = Pick<Patient, 'account' | 'callerArn' | 'partition'>;

/** Whether there are credentials that AWS accepts, and a region that this application can be in. */
export async function checkAccount(
  configuration: Configuration,
  settings: ClientSettings,
): Promise<{ readonly findings: Finding[]; readonly region: string; readonly account?: Account }> {
  const { region, findings } = await regionOf(settings, configuration);
  try {
    const sts = new STSClient({ ...settings, region });
    const { Account: account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    const partition = Arn.split(':')[1] ?? 'aws';
    findings.push({ subject: 'credentials', verdict: 'good', sentence: `account ${account}, as ${Arn}.` });
    return { findings, region, account: { account, callerArn: Arn, partition } };
  } catch (error) {
    const problem = awsProblem(error);
    if (problem === undefined) {
      throw error;
    }
    findings.push({ subject: 'credentials', verdict: 'deployment', sentence: problem });
    return { findings, region };
  }
}

async function regionOf(
  settings: ClientSettings,
  { images }: Configuration,
): Promise<{ region: string; findings: Finding[] }> {
  const subject = 'region';
  const configured = await configuredRegion(settings);
  const region = configured ?? DEFAULT_REGION;
  if (configured === undefined) {
    const sentence = `none is set, so that it is ${region}: AWS_REGION names another.`;
    return { region, findings: [{ subject, verdict: 'note', sentence }] };
  }
  const isKnown = RegionInfo.regions.some(({ name }) => name === region);
  if (RegionInfo.get(region).dlcRepositoryAccount !== undefined || images.registryAccount !== undefined) {
    return { region, findings: [{ subject, verdict: 'good', sentence: `${region}.` }] };
  }
  const sentence = isKnown
    ? `AWS's Deep Learning Containers have no registry in ${region} that is known here: look its account up in AWS's list of ` +
      'available images and set images.registryAccount in the configuration, or choose another region.'
    : `${region} is no region that is known here: correct AWS_REGION, or the region of the profile.`;
  return { region, findings: [{ subject, verdict: 'deployment', sentence }] };
}

async function configuredRegion(settings: ClientSettings): Promise<string | undefined> {
  try {
    return await new STSClient(settings).config.region();
  } catch (error) {
    if (error instanceof Error && error.message === 'Region is missing') {
      return undefined;
    }
    throw error;
  }
}
