/**
 * Whether a message says that AWS refuses an Elastic Inference accelerator, which it has closed to accounts.
 *
 * AWS refuses it in several places, each in other words: CloudFormation's early validation, a resource that fails to
 * create, SageMaker's own validation, a limit of zero. What they share is that they name the accelerator, so a failure
 * that does not, such as another instance type's limit or a missing right, is a failure like any other.
 */
export function isRefusalOfAccelerator(message: string): boolean {
  return ACCELERATOR_REFUSAL.test(message);
}

/** What `isRefusalOfAccelerator` looks for; of the image that serves with one, only that it is gone. */
export const ACCELERATOR_REFUSAL =
  /accelerator ?type|elastic[ -]inference|\bml\.eia\d|pytorch-inference-eia.*\b(?:not found|not exist|no longer)/i;

/** The name of the metric that counts executions to which AWS refused the accelerator. */
export const REFUSED_METRIC = 'AcceleratorRefused';
