import { SNSClient } from '@aws-sdk/client-sns';
import { readEnvironment } from '../shared/environment';
import { NotARefusal } from '../shared/step-errors';
import type { Failure } from '../shared/execution-failure';
import type { Serving } from '../shared/serving-settings';
import { type FallBack, metricLine, notify } from './notify';
import { reasonOfRefusal } from './refusal';

const environment = readEnvironment('ACCELERATED_STACK_NAME', 'TOPIC_ARN', 'METRIC_NAMESPACE');
const sns = new SNSClient();

/**
 * The state machine's step that looks at a failure on the way to an accelerator: a refusal by AWS is no failure of the
 * execution, for the CPU serves the same model.
 *
 * @throws NotARefusal for every other failure
 */
export async function handler(event: {
  readonly failure: Failure;
  readonly accelerator: string;
  readonly modelDataUrl: string;
  readonly executionArn: string;
}): Promise<Serving> {
  const { failure, ...execution } = event;
  const reason = reasonOfRefusal(failure, environment.ACCELERATED_STACK_NAME);
  if (reason === undefined) {
    throw new NotARefusal('AWS did not refuse the accelerator; something else failed');
  }
  process.stdout.write(`${metricLine(environment.METRIC_NAMESPACE, new Date())}\n`);
  await tell({ ...execution, reason });
  return {
    profile: 'cpu',
    accelerator: 'none',
    modelDataUrl: event.modelDataUrl,
    endpointConfigName: '',
    reason: `AWS refused the accelerator ${event.accelerator}: ${reason}`,
  };
}

/** The model is deployed whether or not somebody can be told of it. */
async function tell(fallBack: FallBack): Promise<void> {
  try {
    await notify(fallBack, environment.TOPIC_ARN, sns);
  } catch (error) {
    console.error('the notification could not be sent', error);
  }
}
