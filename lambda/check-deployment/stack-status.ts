import type { StackStatus } from '@aws-sdk/client-cloudformation';

/** How a deployment stands. */
export type DeploymentState = 'IN_PROGRESS' | 'COMPLETE' | 'ROLLED_BACK' | 'BROKEN';

const STATES: Readonly<Record<StackStatus, DeploymentState>> = {
  CREATE_COMPLETE: 'COMPLETE',
  UPDATE_COMPLETE: 'COMPLETE',
  IMPORT_COMPLETE: 'COMPLETE',

  CREATE_IN_PROGRESS: 'IN_PROGRESS',
  UPDATE_IN_PROGRESS: 'IN_PROGRESS',
  // The new model is served already, but the stack takes no other change until the old resources are gone.
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'IN_PROGRESS',
  // Not failed yet: whether the way back succeeds decides what there is to say.
  UPDATE_ROLLBACK_IN_PROGRESS: 'IN_PROGRESS',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'IN_PROGRESS',
  ROLLBACK_IN_PROGRESS: 'IN_PROGRESS',
  IMPORT_IN_PROGRESS: 'IN_PROGRESS',
  IMPORT_ROLLBACK_IN_PROGRESS: 'IN_PROGRESS',

  UPDATE_ROLLBACK_COMPLETE: 'ROLLED_BACK',
  IMPORT_ROLLBACK_COMPLETE: 'ROLLED_BACK',

  UPDATE_FAILED: 'BROKEN',
  UPDATE_ROLLBACK_FAILED: 'BROKEN',
  IMPORT_ROLLBACK_FAILED: 'BROKEN',
  CREATE_FAILED: 'BROKEN',
  ROLLBACK_COMPLETE: 'BROKEN',
  ROLLBACK_FAILED: 'BROKEN',
  REVIEW_IN_PROGRESS: 'BROKEN',
  DELETE_IN_PROGRESS: 'BROKEN',
  DELETE_FAILED: 'BROKEN',
  DELETE_COMPLETE: 'BROKEN',
};

/** What a stack's status says of the deployment. */
export function deploymentState(status: StackStatus | undefined): DeploymentState {
  return status === undefined ? 'IN_PROGRESS' : STATES[status];
}
