import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../shared/environment';
import { parseServingSettings } from '../shared/serving-settings';
import { readModelConfig } from './base-model';
import { describeStack, parameterOf } from '../shared/describe-stack';
import { MODEL_PARAMETER } from '../shared/serving-stack';
import { lastModel } from '../shared/last-model';
import { refuseSecondExecution, type StartedExecution } from './running-executions';
import { makePlan } from './plan';
import type { Plan } from '../shared/plan';

const environment = readEnvironment(
  'SERVING',
  'DATA_BUCKET',
  'ARTIFACTS_BUCKET',
  'SOURCE_URI',
  'SERVING_STACK_NAME',
  'STATE_MACHINE_ARN',
  'AWS_REGION',
);
const s3 = new S3Client();
const stepFunctions = new SFNClient();
const cloudFormation = new CloudFormationClient();

/** The state machine's first step: checks the execution's input and writes down everything that later steps read. */
export async function handler(
  event: StartedExecution & {
    readonly input: unknown;
    /** JSON: what the configuration says of every field of the input's sections. */
    readonly defaults: string;
    readonly executionName: string;
  },
): Promise<Plan> {
  return makePlan(event.input, event.executionName, {
    defaults: event.defaults,
    serving: parseServingSettings(environment.SERVING),
    dataBucket: environment.DATA_BUCKET,
    artifactsBucket: environment.ARTIFACTS_BUCKET,
    sourceUri: environment.SOURCE_URI,
    region: environment.AWS_REGION,
    readModelConfig: (baseModel) => readModelConfig(baseModel, s3),
    lastModel: () => lastModel(environment.ARTIFACTS_BUCKET, s3),
    refuseSecondExecution: () => refuseSecondExecution(event, environment.STATE_MACHINE_ARN, stepFunctions),
    isInService: async () =>
      Boolean(parameterOf(await describeStack(environment.SERVING_STACK_NAME, cloudFormation), MODEL_PARAMETER)),
  });
}
