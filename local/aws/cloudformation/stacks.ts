import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ApiError } from '../api-error';
import { ValidationError } from './errors';
import {
  earlyValidationReason,
  Operation,
  recordRefusal,
  recordStatus,
  resolvedResource,
  type OperationContext,
} from './operation';
import type { ParameterInput } from './parameters';
import { findChanges, makePlan, type Account, type Plan, type StackRequest } from './plan';
import type { ResourceProvider } from './provider';
import { recordedProviders } from './recorded-types';
import { checkExports, exportsOf, type Export } from './exports';
import { arn, inDependencyOrder, isBusy, newStack, type ChangeSet, type Stack } from './stack';
import { interrupted, isFailed, requireUpdatable } from './status';
import { StateFile } from './state-file';
import type { Template } from './template';

export interface StacksOptions {
  /** Where stacks.json lies. */
  readonly folder: string;
  /** By CloudFormation type, beside those that are only recorded. */
  readonly providers: Readonly<Record<string, ResourceProvider>>;
  /** Content by name, for the SSM parameter types. */
  readonly ssmParameters: ReadonlyMap<string, string>;
  /** Stands for AWS::EarlyValidation::PropertyValidation: a reason stops the operation before any resource is touched. */
  readonly validate?: (stackName: string, template: Template) => string | undefined;
}

/**
 * The stacks of the local account, with CloudFormation's semantics. An operation is checked at once and then runs by itself: the stack's
 * status tells how far it is, `settled` waits. Errors are ApiErrors with AWS's code, mostly ValidationError.
 */
export class Stacks {
  private stacks: Stack[] = [];
  private readonly running = new Map<string, Promise<void>>();
  private readonly file: StateFile;
  private readonly account: Account;
  private readonly context: OperationContext;

  private constructor(private readonly options: StacksOptions) {
    this.file = new StateFile(join(options.folder, 'stacks.json'), stateVersion, () => this.stacks);
    const providers = { ...recordedProviders, ...options.providers };
    this.account = {
      providers,
      ssmParameters: options.ssmParameters,
      importValue: (name) => this.exports().find((exported) => exported.name === name)?.value,
      stackOutput: (stackName, outputName) => this.find(stackName)?.content.outputs[outputName]?.value,
    };
    this.context = {
      providers,
      changed: () => {
        this.file.save();
      },
      checkExports: (stack, next) => {
        checkExports(stack, next.outputs, this.live());
      },
    };
  }

  /** Reads the stacks of an earlier process. A stack that was in the middle of an operation is now in the matching FAILED status. */
  static async open(options: StacksOptions): Promise<Stacks> {
    const stacks = new Stacks(options);
    stacks.stacks = ((await stacks.file.read()) ?? []) as Stack[];
    for (const stack of stacks.stacks) {
      const failed = interrupted[stack.status];
      if (failed !== undefined)
        recordStatus(stack, randomUUID(), failed, 'The local cloud stopped during the operation.');
    }
    return stacks;
  }

  /** Brings the resources of an earlier process back to life, each after what it depends on. Throws at the first that cannot. */
  async resume(): Promise<void> {
    for (const stack of this.live()) {
      for (const resource of inDependencyOrder(Object.values(stack.resources))) {
        const { logicalId, type } = resource;
        try {
          await this.account.providers[type]?.resume?.(resolvedResource(stack, resource), resource);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          throw new Error(`could not bring ${logicalId} (${type}) of stack ${stack.name} back: ${reason}`, {
            cause: error,
          });
        }
      }
    }
  }

  /** Starts to create a stack and answers its id. */
  create(stackName: string, request: StackRequest): string {
    if (this.find(stackName)) throw new ApiError('AlreadyExistsException', `Stack [${stackName}] already exists`);
    const stack = newStack(stackName);
    const plan = makePlan(stack, request, this.account);
    this.add(stack);
    this.startCreate(stack, plan);
    return stack.id;
  }

  /** Starts to update a stack and answers its id. Throws "No updates are to be performed." when nothing would change. */
  update(nameOrId: string, request: StackRequest): string {
    const stack = this.require(nameOrId, `Stack [${nameOrId}] does not exist`);
    requireUpdatable(stack);
    const plan = makePlan(stack, request, this.account);
    if (!isFailed(stack) && !findChanges(stack, plan).changed)
      throw new ValidationError('No updates are to be performed.');
    this.startUpdate(stack, plan);
    return stack.id;
  }

  /** Starts to delete a stack; one that does not exist is no error. */
  delete(nameOrId: string, roleArn?: string): void {
    const stack = this.find(nameOrId);
    if (!stack || stack.deletedAt !== undefined) return;
    if (isBusy(stack))
      throw new ValidationError(`Stack [${stack.name}] cannot be deleted while in status ${stack.status}`);
    try {
      checkExports(stack, {}, this.live());
    } catch (error) {
      // AWS too accepts the call, and the stack then keeps its status and has this reason.
      recordStatus(stack, randomUUID(), stack.status, (error as Error).message);
      this.file.save();
      return;
    }
    this.start(stack, roleArn, (operation) => operation.delete());
  }

  /** Notes what an update would change, or a whole creation, for `executeChangeSet`. Answers the change set, which may have FAILED. */
  createChangeSet(
    stackName: string,
    name: string,
    type: ChangeSet['type'],
    request: StackRequest,
    description?: string,
  ): { stack: Stack; changeSet: ChangeSet } {
    const stack =
      type === 'CREATE'
        ? this.stackInReview(stackName)
        : this.require(stackName, `Stack [${stackName}] does not exist`);
    if (type === 'UPDATE') requireUpdatable(stack);
    if (stack.changeSets.some((other) => other.name === name)) {
      throw new ApiError(
        'AlreadyExistsException',
        `ChangeSet ${name} cannot be created because a change set with the same name already exists`,
      );
    }
    const plan = makePlan(stack, request, this.account);
    const { changes, changed } = findChanges(stack, plan);
    const refusal = this.options.validate?.(stack.name, plan.template);
    const statusReason =
      refusal !== undefined
        ? earlyValidationReason
        : changed || isFailed(stack)
          ? undefined
          : "The submitted information didn't contain changes. Submit different information to create a change set.";
    const changeSet: ChangeSet = {
      id: arn(`changeSet/${name}/${randomUUID()}`),
      name,
      type,
      createdAt: new Date().toISOString(),
      description,
      status: statusReason === undefined ? 'CREATE_COMPLETE' : 'FAILED',
      statusReason,
      changes,
      templateBody: request.templateBody,
      parameters: Object.fromEntries(plan.parameters),
      tags: request.tags,
      roleArn: request.roleArn,
    };
    if (!this.stacks.includes(stack)) {
      this.add(stack);
      recordStatus(stack, changeSet.id, 'REVIEW_IN_PROGRESS', 'User Initiated');
    }
    if (refusal !== undefined) recordRefusal(stack, changeSet.id, refusal);
    stack.changeSets.push(changeSet);
    this.file.save();
    return { stack, changeSet };
  }

  /** Starts what the change set describes. All change sets of the stack are gone with that, as they describe a stack that is no more. */
  executeChangeSet(stack: Stack, changeSet: ChangeSet): void {
    if (changeSet.status === 'FAILED') {
      throw new ApiError(
        'InvalidChangeSetStatus',
        `ChangeSet [${changeSet.id}] cannot be executed in its current status of [FAILED]`,
      );
    }
    if (changeSet.type === 'UPDATE') requireUpdatable(stack);
    const parameters = Object.entries(changeSet.parameters).map(([name, { value }]): [string, ParameterInput] => [
      name,
      { value },
    ]);
    const plan = makePlan(stack, { ...changeSet, parameters: new Map(parameters) }, this.account);
    stack.changeSets = [];
    if (changeSet.type === 'CREATE') this.startCreate(stack, plan);
    else this.startUpdate(stack, plan);
  }

  /** Throws ChangeSetNotFound. `name` may be a name or an id. */
  requireChangeSet(name: string, stackName: string | undefined): { stack: Stack; changeSet: ChangeSet } {
    const candidates =
      stackName === undefined ? this.stacks : [this.require(stackName, `Stack [${stackName}] does not exist`)];
    for (const stack of candidates) {
      const changeSet = stack.changeSets.find((other) => other.id === name || other.name === name);
      if (changeSet) return { stack, changeSet };
    }
    throw new ApiError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, 404);
  }

  /** Deletes the change set if the stack has it. */
  deleteChangeSet(name: string, stackName: string | undefined): void {
    const stacks =
      stackName === undefined ? this.stacks : [this.require(stackName, `Stack [${stackName}] does not exist`)];
    for (const stack of stacks)
      stack.changeSets = stack.changeSets.filter((other) => other.id !== name && other.name !== name);
    this.file.save();
  }

  /** Resolves when no operation runs on the stack and its state is on disk. */
  async settled(nameOrId: string): Promise<void> {
    const stack = this.find(nameOrId);
    if (stack) await this.running.get(stack.id);
    await this.file.flush();
  }

  /** Resolves when all that was changed is on disk. An operation that still runs is an interrupted one to the next process. */
  async close(): Promise<void> {
    await this.file.flush();
  }

  /** By name, a stack that is not deleted; by id, also a deleted one. */
  find(nameOrId: string): Stack | undefined {
    return this.stacks.find(
      (stack) => stack.id === nameOrId || (stack.name === nameOrId && stack.deletedAt === undefined),
    );
  }

  require(nameOrId: string, missing = `Stack with id ${nameOrId} does not exist`): Stack {
    const stack = this.find(nameOrId);
    if (!stack) throw new ValidationError(missing);
    return stack;
  }

  live(): Stack[] {
    return this.stacks.filter((stack) => stack.deletedAt === undefined);
  }

  /** By CloudFormation type: what this account has. */
  get types(): Readonly<Record<string, ResourceProvider>> {
    return this.account.providers;
  }

  /** All stacks, deleted ones included, oldest first. */
  all(): readonly Stack[] {
    return this.stacks;
  }

  exports(): Export[] {
    return this.live().flatMap(exportsOf);
  }

  private add(stack: Stack): void {
    // Of stacks with the same name only the latest is worth remembering.
    this.stacks = [...this.stacks.filter((other) => other.name !== stack.name), stack];
  }

  private stackInReview(stackName: string): Stack {
    const existing = this.find(stackName);
    if (existing && existing.status !== 'REVIEW_IN_PROGRESS') {
      throw new ApiError('AlreadyExistsException', `Stack [${stackName}] already exists`);
    }
    return existing ?? newStack(stackName);
  }

  private startCreate(stack: Stack, plan: Plan): void {
    const { templateBody, tags } = plan;
    stack.content = { templateBody, parameters: Object.fromEntries(plan.parameters), tags, outputs: {}, imports: [] };
    this.start(stack, plan.roleArn, (operation) =>
      operation.create(plan, this.options.validate?.(stack.name, plan.template)),
    );
  }

  private startUpdate(stack: Stack, plan: Plan): void {
    this.start(stack, plan.roleArn, (operation) =>
      operation.update(plan, this.options.validate?.(stack.name, plan.template)),
    );
  }

  private start(stack: Stack, roleArn: string | undefined, run: (operation: Operation) => Promise<void>): void {
    stack.roleArn = roleArn ?? stack.roleArn;
    const done = run(new Operation(stack, this.context)).finally(() => {
      this.running.delete(stack.id);
    });
    this.running.set(stack.id, done);
  }
}

/** Raise when the shape of the records in stacks.json changes. */
const stateVersion = 1;
