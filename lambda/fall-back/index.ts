import { REFUSED_METRIC } from '../shared/accelerator-refusal';
import { readEnvironment } from '../shared/environment';
import type { Failure } from '../shared/execution-failure';
import { metricLine } from '../shared/metric-line';
import type { Serving } from '../shared/serving-settings';
import { NotARefusal } from '../shared/step-errors';
import { reasonOfRefusal } from './refusal';

const environment = readEnvironment('ACCELERATED_STACK_NAME', 'METRIC_NAMESPACE');

/**
 * The state machine's step that looks at a failure on the way to an accelerator: a refusal by AWS is no failure of the
 * execution, for the CPU serves the same model.
 *
 * @throws NotARefusal for every other failure
 */
export function handler(event: {
  readonly failure: Failure;
  readonly accelerator: string;
  readonly modelDataUrl: string;
}): Promise<Serving> {
  const reason = reasonOfRefusal(event.failure, environment.ACCELERATED_STACK_NAME);
  if (reason === undefined) {
    return Promise.reject(new NotARefusal('AWS did not refuse the accelerator; something else failed'));
  }
  process.stdout.write(`${metricLine(environment.METRIC_NAMESPACE, { [REFUSED_METRIC]: 1 }, new Date())}\n`);
  return Promise.resolve({
    profile: 'cpu',
    accelerator: 'none',
    modelDataUrl: event.modelDataUrl,
    endpointConfigName: '',
    reason: `AWS refused the accelerator ${event.accelerator}: ${reason}`,
  });
}
