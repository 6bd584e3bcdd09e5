import { isRefusalOfAccelerator } from '../shared/accelerator-refusal';
import { readFailure, type Failure } from '../shared/execution-failure';

/** The errors of the tracing job: of one that ran, and of the call. Another image that is missing is a failure. */
const OF_TRACING = /^(?:TrainingFailed$|SageMaker\.)/;
/** What SageMaker says of an image that its registry does not serve. */
const IMAGE_GONE = /\bimage\b.*\b(?:not found|not exist|no longer)|cannot pull .*container|CannotPullContainer/i;

/**
 * Why AWS refuses the accelerator, when that is what a failure says.
 *
 * Refusal has many shapes: the accelerated stack was never deployed, because AWS refuses its template; CloudFormation's
 * early validation or a resource of it says so; SageMaker does; or the image that would trace the model is gone.
 *
 * @param acceleratedStackName the stack with the accelerated endpoint configuration
 * @returns undefined for any other failure, such as another quota or a model that does not work
 */
export function reasonOfRefusal(failure: Failure, acceleratedStackName: string): string | undefined {
  const { error, why, details } = readFailure(failure);
  const refused =
    error === 'Refused' ||
    (error === 'StackMissing' && why.includes(acceleratedStackName)) ||
    (OF_TRACING.test(error) && IMAGE_GONE.test(details)) ||
    isRefusalOfAccelerator(details);
  return refused ? why : undefined;
}
