import { ValidationError } from './errors';
import type { Stack } from './stack';

/** The status of a stack whose operation ended with its process: the next update (or delete) carries on from the resources as they are. */
export const interrupted: Readonly<Record<string, string>> = {
  CREATE_IN_PROGRESS: 'CREATE_FAILED',
  ROLLBACK_IN_PROGRESS: 'ROLLBACK_FAILED',
  UPDATE_IN_PROGRESS: 'UPDATE_FAILED',
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'UPDATE_COMPLETE',
  UPDATE_ROLLBACK_IN_PROGRESS: 'UPDATE_FAILED',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'UPDATE_ROLLBACK_COMPLETE',
  DELETE_IN_PROGRESS: 'DELETE_FAILED',
};

const updatable = [
  'CREATE_COMPLETE',
  'CREATE_FAILED',
  'UPDATE_COMPLETE',
  'UPDATE_FAILED',
  'UPDATE_ROLLBACK_COMPLETE',
  'UPDATE_ROLLBACK_FAILED',
];

/** Throws ValidationError while an operation runs, and for a stack that can only be deleted. */
export function requireUpdatable(stack: Stack): void {
  if (updatable.includes(stack.status)) return;
  throw new ValidationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
}

/** Whether the stack is between two contents, so that even the template that it has already is an update. */
export function isFailed(stack: Stack): boolean {
  return stack.status.endsWith('_FAILED');
}
