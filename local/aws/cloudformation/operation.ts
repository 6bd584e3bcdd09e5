import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { resolveContent, resolveProperties, type Plan } from './plan';
import type { ResolvedResource, ResourceProvider } from './provider';
import { inDependencyOrder, type Stack, type StackContent, type StackResource } from './stack';

/** What an operation needs of its surroundings. */
export interface OperationContext {
  readonly providers: Readonly<Record<string, ResourceProvider>>;
  /** Called after every change of the stack. */
  readonly changed: () => void;
  /** Throws when the stack may not have these exports: the name is taken, or a changed export is in use. */
  readonly checkExports: (stack: Stack, next: StackContent) => void;
}

type ResourceIdentity = Pick<StackResource, 'type' | 'physicalId'>;

/** A resource could not be created or changed; its own event tells why. */
class ResourceFailure extends Error {
  constructor(
    readonly verb: 'create' | 'update',
    logicalId: string,
  ) {
    super(`The following resource(s) failed to ${verb}: [${logicalId}].`);
  }
}

/** What a provider is told of a resource. */
export function resolvedResource(
  { name, id }: Stack,
  { logicalId, type, properties }: Pick<StackResource, 'logicalId' | 'type' | 'properties'>,
): ResolvedResource {
  return { stackName: name, stackId: id, logicalId, type, properties };
}

/**
 * One create, update or delete of a stack, resource by resource. It never throws: success, rollback and failure are states of the stack,
 * with the reasons in its events.
 */
export class Operation {
  readonly id = randomUUID();

  constructor(
    private readonly stack: Stack,
    private readonly context: OperationContext,
  ) {}

  /** Ends in CREATE_COMPLETE, or deletes what it made and ends in ROLLBACK_COMPLETE (ROLLBACK_FAILED when that fails too). */
  async create(plan: Plan, refusal?: string): Promise<void> {
    this.status('CREATE_IN_PROGRESS', 'User Initiated');
    try {
      if (refusal !== undefined) throw this.earlyValidationFailure(refusal);
      await this.apply(plan);
      this.status('CREATE_COMPLETE');
    } catch (error) {
      this.status('ROLLBACK_IN_PROGRESS', `${message(error)} Rollback requested by user.`);
      const removed = await this.removeAll((resource) => resource.deletionPolicy === 'Retain');
      this.status(removed ? 'ROLLBACK_COMPLETE' : 'ROLLBACK_FAILED');
    }
  }

  /** Ends in UPDATE_COMPLETE, or restores the previous resources and content and ends in UPDATE_ROLLBACK_COMPLETE (or _FAILED). */
  async update(plan: Plan, refusal?: string): Promise<void> {
    const previous = { content: this.stack.content, resources: { ...this.stack.resources } };
    const attempted = new Set<string>();
    this.stack.updatedAt = new Date().toISOString();
    this.status('UPDATE_IN_PROGRESS', 'User Initiated');
    try {
      if (refusal !== undefined) throw this.earlyValidationFailure(refusal);
      await this.apply(plan, attempted);
      this.status('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      await this.cleanUp();
      this.status('UPDATE_COMPLETE');
    } catch (error) {
      this.status('UPDATE_ROLLBACK_IN_PROGRESS', message(error));
      try {
        await this.restore(previous.resources, attempted);
      } catch (rollbackError) {
        this.status('UPDATE_ROLLBACK_FAILED', message(rollbackError));
        return;
      }
      this.stack.content = previous.content;
      this.status('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
      await this.cleanUp();
      this.status('UPDATE_ROLLBACK_COMPLETE');
    }
  }

  /** Ends in DELETE_COMPLETE, or in DELETE_FAILED with what could not be deleted still in the stack. */
  async delete(): Promise<void> {
    this.status('DELETE_IN_PROGRESS', 'User Initiated');
    await this.cleanUp();
    if (!(await this.removeAll((resource) => resource.deletionPolicy !== 'Delete'))) {
      const left = Object.keys(this.stack.resources).join(', ');
      this.status('DELETE_FAILED', `The following resource(s) failed to delete: [${left}]. `);
      return;
    }
    this.stack.deletedAt = new Date().toISOString();
    this.status('DELETE_COMPLETE');
  }

  /** Creates, changes and sets aside resources until the stack is as planned. Throws at the first failure. */
  private async apply(plan: Plan, attempted = new Set<string>()): Promise<void> {
    for (const logicalId of plan.order.keys()) await this.applyResource(plan, logicalId, attempted);
    for (const resource of inDependencyOrder(Object.values(this.stack.resources)).reverse()) {
      if (plan.order.has(resource.logicalId)) continue;
      if (resource.deletionPolicy === 'Delete') this.stack.obsolete.push(resource);
      else this.event(resource, 'DELETE_SKIPPED');
      this.forget(resource.logicalId);
    }
    const content = resolveContent(plan);
    this.context.checkExports(this.stack, content);
    this.stack.content = content;
  }

  private async applyResource(plan: Plan, logicalId: string, attempted: Set<string>): Promise<void> {
    const { Type: type, Metadata, DeletionPolicy, UpdateReplacePolicy } = plan.template.Resources[logicalId] ?? {};
    if (type === undefined) throw new Error(`the plan has no resource ${logicalId}`);
    const existing = this.stack.resources[logicalId];
    const record = {
      logicalId,
      type,
      metadata: Metadata,
      dependencies: plan.order.get(logicalId) ?? [],
      deletionPolicy: DeletionPolicy ?? 'Delete',
      updateReplacePolicy: UpdateReplacePolicy ?? 'Delete',
    } as const;
    const inPlace = existing?.type === type ? existing : undefined;
    const verb = inPlace ? 'update' : 'create';
    const doing = inPlace ? 'UPDATE' : 'CREATE';
    const target = { ...record, physicalId: inPlace?.physicalId ?? '' };
    try {
      const properties = resolveProperties(plan, logicalId);
      // A change that failed or was cut off may have got anywhere, so only a completed one need not be made again.
      if (inPlace?.status.endsWith('_COMPLETE') && isDeepStrictEqual(properties, inPlace.properties)) {
        this.remember({ ...inPlace, ...record });
        return;
      }
      this.event(target, `${doing}_IN_PROGRESS`);
      attempted.add(logicalId);
      const resolved = resolvedResource(this.stack, { logicalId, type, properties });
      const provider = this.provider(type);
      const provisioned = inPlace ? await provider.update(resolved, inPlace) : await provider.create(resolved);
      if (existing && !isSame(existing, { type, ...provisioned }) && record.updateReplacePolicy === 'Delete') {
        this.stack.obsolete.push(existing);
      }
      // In this order, for an update may answer the resource as it was, with what it depended on then.
      this.remember({ ...provisioned, ...record, properties, ...this.mark(`${doing}_COMPLETE`) });
      this.event({ ...record, ...provisioned }, `${doing}_COMPLETE`);
    } catch (error) {
      this.event(target, `${doing}_FAILED`, message(error));
      throw new ResourceFailure(verb, logicalId);
    }
  }

  /** Makes the stack's resources what they were. Resources of the failed update become obsolete. */
  private async restore(previous: Readonly<Record<string, StackResource>>, attempted: Set<string>): Promise<void> {
    const kept = new Set(Object.values(previous));
    this.stack.obsolete = this.stack.obsolete.filter((resource) => !kept.has(resource));
    const remaining: Record<string, StackResource> = {};
    for (const resource of Object.values(this.stack.resources)) {
      const before = previous[resource.logicalId];
      if (before && isSame(before, resource)) remaining[resource.logicalId] = resource;
      else this.stack.obsolete.push(resource);
    }
    this.stack.resources = { ...previous, ...remaining };
    for (const before of inDependencyOrder(Object.values(previous))) {
      const current = remaining[before.logicalId];
      // Also the one that failed: nobody knows how far its change went.
      if (current && attempted.has(before.logicalId)) await this.restoreInPlace(before, current);
      else this.remember(before);
    }
  }

  private async restoreInPlace(before: StackResource, current: StackResource): Promise<void> {
    this.event(current, 'UPDATE_IN_PROGRESS');
    try {
      const provisioned = await this.provider(before.type).update(resolvedResource(this.stack, before), current);
      if (provisioned.physicalId !== current.physicalId) this.stack.obsolete.push(current);
      this.remember({ ...before, ...provisioned, ...this.mark('UPDATE_COMPLETE') });
      this.event({ ...before, ...provisioned }, 'UPDATE_COMPLETE');
    } catch (error) {
      this.event(current, 'UPDATE_FAILED', message(error));
      throw new ResourceFailure('update', before.logicalId);
    }
  }

  /** Deletes what was replaced or removed. What cannot be deleted is left behind, with an event that says so, as AWS does. */
  private async cleanUp(): Promise<void> {
    for (const resource of inDependencyOrder(this.stack.obsolete).reverse()) {
      await this.deleteResource(resource);
      this.stack.obsolete = this.stack.obsolete.filter((other) => other !== resource);
      this.context.changed();
    }
  }

  /** Deletes all resources, or forgets those to be kept. False at the first that cannot be deleted; the rest stays in the stack. */
  private async removeAll(keep: (resource: StackResource) => boolean): Promise<boolean> {
    for (const resource of inDependencyOrder(Object.values(this.stack.resources)).reverse()) {
      if (keep(resource)) this.event(resource, 'DELETE_SKIPPED');
      else if (!(await this.deleteResource(resource))) return false;
      this.forget(resource.logicalId);
    }
    return true;
  }

  private async deleteResource(resource: StackResource): Promise<boolean> {
    this.event(resource, 'DELETE_IN_PROGRESS');
    try {
      await this.provider(resource.type).delete(resolvedResource(this.stack, resource), resource);
      this.event(resource, 'DELETE_COMPLETE');
      return true;
    } catch (error) {
      this.event(resource, 'DELETE_FAILED', message(error));
      return false;
    }
  }

  private provider(type: string): ResourceProvider {
    const provider = this.context.providers[type];
    if (!provider) throw new Error(`the local cloud has no stand-in for ${type}`);
    return provider;
  }

  private earlyValidationFailure(refusal: string): Error {
    recordRefusal(this.stack, this.id, refusal);
    return new Error(earlyValidationReason);
  }

  private remember(resource: StackResource): void {
    this.stack.resources[resource.logicalId] = resource;
    this.context.changed();
  }

  private forget(logicalId: string): void {
    this.stack.resources = Object.fromEntries(Object.entries(this.stack.resources).filter(([id]) => id !== logicalId));
    this.context.changed();
  }

  private mark(status: string): { status: string; updatedAt: string } {
    return { status, updatedAt: new Date().toISOString() };
  }

  private status(status: string, reason?: string): void {
    recordStatus(this.stack, this.id, status, reason);
    this.context.changed();
  }

  private event(
    { logicalId, physicalId, type }: Pick<StackResource, 'logicalId' | 'physicalId' | 'type'>,
    status: string,
    reason?: string,
  ): void {
    this.stack.events.push({ ...eventHead(this.id), logicalId, physicalId, type, status, reason });
    const resource = this.stack.resources[logicalId];
    if (resource?.physicalId === physicalId) {
      this.stack.resources[logicalId] = { ...resource, ...this.mark(status), statusReason: reason };
    }
    this.context.changed();
  }
}

/** CloudFormation's sentence for a template that early validation stopped. */
export const earlyValidationReason =
  'The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. ' +
  'To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.';

/** Notes an early validation's finding where DescribeEvents alone reads it. `operationId` is an operation's or a change set's id. */
export function recordRefusal(stack: Stack, operationId: string, reason: string): void {
  stack.events.push({
    ...eventHead(operationId),
    logicalId: '',
    physicalId: '',
    type: '',
    status: 'FAILED',
    reason,
    validation: { name: 'AWS::EarlyValidation::PropertyValidation', path: '/Resources' },
  });
}

/** Moves the stack to a status and writes its event. */
export function recordStatus(stack: Stack, operationId: string, status: string, reason?: string): void {
  stack.status = status;
  stack.statusReason = reason;
  stack.events.push({
    ...eventHead(operationId),
    logicalId: stack.name,
    physicalId: stack.id,
    type: 'AWS::CloudFormation::Stack',
    status,
    reason,
  });
}

function eventHead(operationId: string): { id: string; timestamp: string; operationId: string } {
  return { id: randomUUID(), timestamp: new Date().toISOString(), operationId };
}

function isSame(a: ResourceIdentity, b: ResourceIdentity): boolean {
  return a.type === b.type && a.physicalId === b.physicalId;
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
