import { readEnvironment } from '../environment';
import { makePlan, type Plan } from './plan';

const environment = readEnvironment('DEFAULTS', 'DATA_BUCKET', 'ARTIFACTS_BUCKET', 'SOURCE_URI', 'AWS_REGION');

/** The state machine's first step: checks the execution's input and writes down everything that later steps read. */
export async function handler(event: { readonly input: unknown; readonly executionName: string }): Promise<Plan> {
  const plan = makePlan(event.input, event.executionName, {
    defaults: environment.DEFAULTS,
    dataBucket: environment.DATA_BUCKET,
    artifactsBucket: environment.ARTIFACTS_BUCKET,
    sourceUri: environment.SOURCE_URI,
    region: environment.AWS_REGION,
  });
  // Lambda ignores what a handler returns unless it is a promise.
  return Promise.resolve(plan);
}
