import { S3Client } from '@aws-sdk/client-s3';
import { readEnvironment } from '../shared/environment';
import { parseServingSettings } from '../shared/serving-settings';
import { baseModelType } from './base-model';
import { lastModel } from './last-model';
import { makePlan } from './plan';
import type { Plan } from '../shared/plan';

const environment = readEnvironment(
  'DEFAULTS',
  'SERVING',
  'DATA_BUCKET',
  'ARTIFACTS_BUCKET',
  'SOURCE_URI',
  'AWS_REGION',
);
const s3 = new S3Client();

/** The state machine's first step: checks the execution's input and writes down everything that later steps read. */
export async function handler(event: { readonly input: unknown; readonly executionName: string }): Promise<Plan> {
  return makePlan(event.input, event.executionName, {
    defaults: environment.DEFAULTS,
    serving: parseServingSettings(environment.SERVING),
    dataBucket: environment.DATA_BUCKET,
    artifactsBucket: environment.ARTIFACTS_BUCKET,
    sourceUri: environment.SOURCE_URI,
    region: environment.AWS_REGION,
    baseModelType: (baseModel) => baseModelType(baseModel, s3),
    lastModel: () => lastModel(environment.ARTIFACTS_BUCKET, s3),
  });
}
