import { resolve } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { isAwsError } from '../lambda/shared/aws-error';
import { readConfiguration } from '../lib/configuration/configuration';
import { type Names, namesOf } from '../lib/configuration/names';
import { credentials, region } from '../local/aws/account';
import { type LocalAddress, StateFolder } from '../local/run/state-folder';
import { CommandFailed } from '../local/run/failure';
import type { Terminal } from './terminal';

/** The options of every command that asks a classifier. */
export interface TargetOptions {
  /** The deployed stacks, and not the local run. */
  readonly aws?: boolean;
  /** As for `npm run deploy -- --configuration FILE`. @default - configuration.json of the project */
  readonly configuration?: string;
}

/** What the clients of the AWS SDK are made with; what is undefined, they find by themselves. */
export interface ClientSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Where a command acts: the local run, or the stacks that are deployed to AWS. */
export interface Target {
  readonly settings: ClientSettings;
  readonly names: Names;
  /** Undefined on AWS. */
  readonly local?: LocalAddress;
}

/** AWS itself. The SDK does not know the second variable, which the AWS command line and the CDK know. */
export const AWS: ClientSettings = {
  get region() {
    return process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  },
};

/** @throws CommandFailed when no local run is there */
export function openTarget({ aws = false, configuration }: TargetOptions, terminal: Terminal): Target {
  const names = namesOf(readConfiguration(configurationFile(configuration, terminal)));
  if (aws) {
    return { settings: AWS, names };
  }
  const local = StateFolder.addressIn(terminal.stateFolder);
  if (local === undefined) {
    throw new CommandFailed(
      'No local run is there: start one with "npx classifier start" and leave it running, or add --aws to ask the deployed stacks.',
    );
  }
  return { settings: { endpoint: local.awsUrl, region, credentials }, names, local };
}

export function configurationFile(given: string | undefined, { root, workingDirectory }: Terminal): string {
  return given === undefined ? resolve(root, 'configuration.json') : resolve(workingDirectory, given);
}

/** @throws CommandFailed when the stack is not there */
export async function stackOutputs(stackName: string, { settings }: Target): Promise<Readonly<Record<string, string>>> {
  const cloudFormation = new CloudFormationClient(settings);
  const stack = await findStack(stackName, cloudFormation);
  if (stack === undefined) {
    throw new CommandFailed(
      `There is no stack ${stackName} in ${await cloudFormation.config.region()}: deploy it with "npm run deploy", or name ` +
        'another configuration by --configuration or another region by AWS_REGION.',
    );
  }
  return Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}

/** A stack as AWS describes it; undefined where there is none of that name. */
export async function findStack(stackName: string, cloudFormation: CloudFormationClient): Promise<Stack | undefined> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    return Stacks?.[0];
  } catch (error) {
    if (isAwsError(error, 'ValidationError') && error.message.includes('does not exist')) {
      return undefined;
    }
    throw error;
  }
}

/** @throws CommandFailed when the stack does not have it */
export async function stackOutput(stackName: string, name: string, target: Target): Promise<string> {
  const value = (await stackOutputs(stackName, target))[name];
  if (value === undefined) {
    throw new CommandFailed(`The stack ${stackName} has no output ${name}: deploy it again with "npm run deploy".`);
  }
  return value;
}
