import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Configuration, readConfiguration } from '../../lib/configuration/configuration';
import { namesOf } from '../../lib/configuration/names';
import { CommandFailed } from '../../local/run/failure';
import { AWS, configurationFile, type TargetOptions } from '../target';
import { type Color, colored, type Terminal, writeJson, writeLine } from '../terminal';
import { checkAccount } from './account';
import { checkBootstrap } from './bootstrap';
import { checkChangedBuckets } from './changed-buckets';
import type { Finding, Patient, Verdict } from './finding';
import { checkImages } from './images';
import { checkKeptBuckets } from './kept-buckets';
import { checkPermissions } from './permissions';
import { estimatePrices } from './prices';
import { checkQuotas } from './quotas';
import { checkSharedBucket } from './shared-bucket';

const MARKS: Readonly<Record<Verdict, readonly [Color, string]>> = {
  good: ['green', '✓'],
  note: ['gray', '·'],
  unknown: ['yellow', '?'],
  choice: ['yellow', '! before the deployment, decide:'],
  run: ['red', '✗ the first run would fail:'],
  deployment: ['red', '✗ the deployment would fail:'],
};

/** What is looked at, one after the other in the order of the report, all at once in time. */
const CHECKS = [
  checkBootstrap,
  checkPermissions,
  checkQuotas,
  checkImages,
  checkKeptBuckets,
  checkChangedBuckets,
  checkSharedBucket,
];

export type DoctorOptions = Pick<TargetOptions, 'configuration'> & { readonly json?: boolean };

/**
 * `classifier doctor`: what would fail when the configuration is deployed to the account and region that the credentials are of, or
 * in the first run there. It only reads.
 *
 * @throws CommandFailed when something would
 */
export async function doctor(options: DoctorOptions, terminal: Terminal): Promise<void> {
  const configuration = readConfiguration(configurationFile(options.configuration, terminal));
  const findings = await examine(configuration, terminal.root);
  if (options.json === true) {
    writeJson(findings, terminal);
  } else {
    for (const line of report(findings, terminal)) {
      writeLine(line, terminal);
    }
  }
  const failing = findings.filter(({ verdict }) => verdict === 'deployment' || verdict === 'run').length;
  if (failing > 0) {
    throw new CommandFailed(`${failing} ${failing === 1 ? 'thing' : 'things'} would fail.`);
  }
}

/**
 * What `doctor` finds.
 *
 * @param root the project, of whose cdk.json the bootstrap's qualifier is
 */
export async function examine(configuration: Configuration, root: string): Promise<Finding[]> {
  const { account, region, findings } = await checkAccount(configuration, AWS);
  const checked: Finding[] = [];
  if (account !== undefined && !findings.some(({ verdict }) => verdict === 'deployment')) {
    const bootstrapQualifier = qualifierIn(join(root, 'cdk.json'));
    const where = { names: namesOf(configuration), settings: AWS, region, bootstrapQualifier };
    const patient: Patient = { configuration, ...where, ...account };
    checked.push(...(await Promise.all(CHECKS.map((check) => check(patient)))).flat());
  }
  return [...findings, ...profileNotes(configuration), ...checked, ...estimatePrices({ configuration, region })];
}

/** A line of each finding. */
export function report(findings: readonly Finding[], terminal: Pick<Terminal, 'stdout'>): string[] {
  return findings.map(({ subject, verdict, sentence }) => {
    const [color, mark] = MARKS[verdict];
    return `${colored(color, mark, terminal)} ${subject}: ${sentence}`;
  });
}

function profileNotes({ serving }: Configuration): Finding[] {
  return serving.profile === 'elastic-inference'
    ? [
        {
          subject: 'profile',
          verdict: 'note',
          sentence: `AWS has closed Elastic Inference to accounts: ${serving.accelerator} is tried, and ${serving.instanceType} serves without it. The serving.profile cpu does not try.`,
        },
      ]
    : [];
}

function qualifierIn(cdkFile: string): string {
  const { context } = JSON.parse(readFileSync(cdkFile, 'utf8')) as {
    readonly context: Partial<Record<string, string>>;
  };
  return context['@aws-cdk/core:bootstrapQualifier'] ?? 'hnb659fds';
}
