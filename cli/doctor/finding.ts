import type { Configuration } from '../../lib/configuration/configuration';
import type { Names } from '../../lib/configuration/names';
import { awsProblem } from '../failure';
import type { ClientSettings } from '../target';

/**
 * What a check has come to: `deployment` and `run` are what would fail, `choice` what a person has to decide before a deployment,
 * `unknown` that AWS could not be asked, and `note` what is good to know.
 */
export type Verdict = 'good' | 'note' | 'unknown' | 'choice' | 'run' | 'deployment';

export interface Finding {
  /** What was looked at, in a word or two. */
  readonly subject: string;
  readonly verdict: Verdict;
  /** What was found, and where something would fail, what to do. */
  readonly sentence: string;
}

/** What the checks look at. */
export interface Patient {
  readonly configuration: Configuration;
  readonly names: Names;
  readonly settings: ClientSettings;
  readonly region: string;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  readonly account: string;
  /** Who is asking. */
  readonly callerArn: string;
  /** Of what `cdk bootstrap` left. */
  readonly bootstrapQualifier: string;
}

/** Makes a finding of a call that AWS refuses: not to be allowed to look is no fault of what is looked at. */
export async function asked(subject: string, ask: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await ask();
  } catch (error) {
    const problem = awsProblem(error);
    if (problem === undefined) {
      throw error;
    }
    return [{ subject, verdict: 'unknown', sentence: `it could not be looked up. ${problem}` }];
  }
}
