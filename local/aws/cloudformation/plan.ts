import { isDeepStrictEqual } from 'node:util';
import { creationOrder, liveReferences } from './dependencies';
import { ValidationError } from './errors';
import { parameterValues, type ParameterInput, type ParameterValue } from './parameters';
import { checkRules, conditionHolds, resolve, type Scope } from './resolver';
import type { Change, Stack, StackContent, StackOutput, StackResource } from './stack';
import { parseTemplate } from './parse-template';
import type { ResourceProvider } from './provider';
import { checkResourceTypes } from './resource-types';
import type { Template } from './template';

/** What a caller asks of a stack. Parameters left out take their default. */
export interface StackRequest {
  readonly templateBody: string;
  readonly parameters: ReadonlyMap<string, ParameterInput>;
  readonly tags: Readonly<Record<string, string>>;
  /** @default the role of the operation before */
  readonly roleArn?: string;
}

/** What templates may refer to beyond their own stack. */
export interface Account {
  /** By CloudFormation type: the types that there are. */
  readonly providers: Readonly<Record<string, ResourceProvider>>;
  readonly ssmParameters: ReadonlyMap<string, string>;
  readonly importValue: (exportName: string) => string | undefined;
  readonly stackOutput: (stackName: string, outputName: string) => string | undefined;
}

/** A request that passed every check that can be made before an operation starts. */
export interface Plan {
  readonly template: Template;
  readonly templateBody: string;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  readonly tags: Readonly<Record<string, string>>;
  readonly roleArn?: string;
  /** The resources that shall exist, in the order of their creation, with what each depends on. */
  readonly order: ReadonlyMap<string, readonly string[]>;
  readonly scope: Scope;
}

/**
 * Parses and checks a request against the stack as it is. `Ref` and `Fn::GetAtt` of the plan read the stack's resources at the time they
 * are resolved. Throws ValidationError.
 */
export function makePlan(stack: Stack, request: StackRequest, account: Account): Plan {
  const template = parseTemplate(request.templateBody);
  checkResourceTypes(template, account.providers);
  const previous = new Map(Object.entries(stack.content.parameters));
  const parameters = parameterValues(template, request.parameters, previous, account.ssmParameters);
  const scope: Scope = {
    template,
    stackName: stack.name,
    stackId: stack.id,
    parameters: new Map(Array.from(parameters, ([name, { value, resolved }]) => [name, resolved ?? value])),
    resource: (logicalId) => stack.resources[logicalId],
    importValue: account.importValue,
    stackOutput: account.stackOutput,
  };
  checkRules(scope);
  const holds = (condition: string) => conditionHolds(condition, scope);
  const order = creationOrder(template, holds);
  for (const output of liveOutputs(template, scope)) liveReferences(template, output, holds);
  return { ...request, template, parameters, order, scope };
}

/** The properties of one resource, resolved against the resources that exist now. */
export function resolveProperties(
  plan: Plan,
  logicalId: string,
  scope = plan.scope,
): Readonly<Record<string, unknown>> {
  const { Properties = {} } = plan.template.Resources[logicalId] ?? {};
  return resolve(Properties, scope, `Resources/${logicalId}/Properties`) as Record<string, unknown>;
}

/** Outputs and the names of the exports that template and outputs use, resolved against the resources that exist now. */
export function resolveContent(plan: Plan): StackContent {
  const imports = new Set<string>();
  const importValue = (name: string) => {
    imports.add(name);
    return plan.scope.importValue(name);
  };
  const scope = { ...plan.scope, importValue };
  for (const logicalId of plan.order.keys()) resolveProperties(plan, logicalId, scope);
  return {
    templateBody: plan.templateBody,
    parameters: Object.fromEntries(plan.parameters),
    tags: plan.tags,
    outputs: resolveOutputs(plan, scope),
    imports: [...imports],
  };
}

/**
 * What the plan would change, judged as CloudFormation does: by the resources and outputs that live under the plan's conditions. A change
 * inside a resource whose condition is false, or of a parameter that nothing reads, is none.
 */
export function findChanges(stack: Stack, plan: Plan): { readonly changes: Change[]; readonly changed: boolean } {
  const changes: Change[] = [];
  for (const [logicalId, dependencies] of plan.order) {
    const type = plan.template.Resources[logicalId]?.Type ?? '';
    const existing = stack.resources[logicalId];
    if (!existing) changes.push({ action: 'Add', logicalId, type });
    else if (!isUnchanged(stack, plan, existing, dependencies)) {
      changes.push({ action: 'Modify', logicalId, type, physicalId: existing.physicalId });
    }
  }
  for (const { logicalId, type, physicalId } of Object.values(stack.resources)) {
    if (!plan.order.has(logicalId)) changes.push({ action: 'Remove', logicalId, type, physicalId });
  }
  const changed =
    changes.length > 0 ||
    !isDeepStrictEqual(plan.tags, stack.content.tags) ||
    !isDeepStrictEqual(resolveOutputs(plan, plan.scope), stack.content.outputs);
  return { changes, changed };
}

function isUnchanged(stack: Stack, plan: Plan, existing: StackResource, dependencies: readonly string[]): boolean {
  const resource = plan.template.Resources[existing.logicalId];
  return (
    resource?.Type === existing.type &&
    // What does not exist yet cannot be resolved, and it is a change to whoever refers to it.
    dependencies.every((id) => id in stack.resources) &&
    isDeepStrictEqual(resolveProperties(plan, existing.logicalId), existing.properties) &&
    isDeepStrictEqual(resource.Metadata, existing.metadata) &&
    (resource.DeletionPolicy ?? 'Delete') === existing.deletionPolicy &&
    (resource.UpdateReplacePolicy ?? 'Delete') === existing.updateReplacePolicy
  );
}

function liveOutputs(template: Template, scope: Scope) {
  return Object.entries(template.Outputs ?? {}).filter(
    ([, { Condition }]) => Condition === undefined || conditionHolds(Condition, scope),
  );
}

function resolveOutputs(plan: Plan, scope: Scope): Record<string, StackOutput> {
  return Object.fromEntries(
    liveOutputs(plan.template, scope).map(([name, { Value, Description, Export }]) => {
      const output: StackOutput = {
        value: outputText(resolve(Value, scope, `Outputs/${name}/Value`), name),
        ...(Description !== undefined && { description: Description }),
        ...(Export && { exportName: outputText(resolve(Export.Name, scope, `Outputs/${name}/Export/Name`), name) }),
      };
      return [name, output];
    }),
  );
}

function outputText(value: unknown, name: string): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new ValidationError(
      `Template format error: The Value field of every Outputs member must evaluate to a String (Outputs/${name})`,
    );
  }
  return String(value);
}
