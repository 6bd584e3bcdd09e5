import { text } from 'node:stream/consumers';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import type { ObjectStore } from '../s3/object-store';
import {
  changeSetAnswer,
  changeSetSummary,
  eventAnswer,
  operationEventAnswer,
  resourceAnswer,
  stackAnswer,
  stackSummary,
} from './answers';
import { checkCapabilities, requiredCapability } from './capabilities';
import { CloudFormationError, ValidationError } from './errors';
import type { ParameterInput } from './parameters';
import type { StackRequest } from './plan';
import { failure, members, QueryParameters, success } from './query';
import type { Stack, StackEvent } from './stack';
import type { Stacks } from './stacks';
import { fetchTemplate } from './template-source';
import { parseTemplate } from './parse-template';

/** CloudFormation's Query protocol over Stacks. Templates by URL come from the object store. Lists are answered whole, without pages. */
export class CloudFormationService implements AwsService {
  constructor(
    private readonly stacks: Stacks,
    private readonly store: ObjectStore,
  ) {}

  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      const parameters = new QueryParameters(new URLSearchParams(await text(request.body)));
      const action = parameters.require('Action');
      const run = this.actions[action];
      if (!run) throw new CloudFormationError('InvalidAction', `the local CloudFormation has no action ${action}`);
      return success(action, (await run(parameters)) ?? '');
    } catch (error) {
      return failure(error);
    }
  }

  private readonly actions: Readonly<Record<string, (call: QueryParameters) => unknown>> = {
    CreateStack: async (call) => {
      const request = await this.stackRequest(call);
      return {
        StackId: this.stacks.create(call.require('StackName'), request, call.isTrue('EnableTerminationProtection')),
      };
    },
    UpdateStack: async (call) => {
      const stack = this.existing(call);
      return { StackId: this.stacks.update(stack.id, await this.stackRequest(call, stack)) };
    },
    DeleteStack: (call) => {
      this.stacks.delete(call.require('StackName'));
    },
    UpdateTerminationProtection: (call) => ({
      StackId: this.stacks.setTerminationProtection(
        call.require('StackName'),
        call.isTrue('EnableTerminationProtection'),
      ),
    }),
    DescribeStacks: (call) => {
      const name = call.get('StackName');
      const stacks = name === undefined ? this.stacks.all().filter(isLive) : [this.stacks.require(name)];
      return { Stacks: members(stacks.map(stackAnswer)) };
    },
    ListStacks: (call) => {
      const statuses = call.strings('StackStatusFilter');
      const stacks = this.stacks.all().filter(({ status }) => statuses.length === 0 || statuses.includes(status));
      return { StackSummaries: members(stacks.map(stackSummary)) };
    },
    DescribeStackEvents: (call) => {
      const stack = this.existing(call);
      const events = stack.events.filter(({ validation }) => !validation).toReversed();
      return { StackEvents: members(events.map((event) => eventAnswer(stack, event))) };
    },
    DescribeEvents: (call) => this.describeEvents(call),
    DescribeStackResource: (call) => {
      const [stack, logicalId] = [this.existing(call), call.require('LogicalResourceId')];
      const resource = stack.resources[logicalId];
      if (!resource) throw new ValidationError(`Resource ${logicalId} does not exist for stack ${stack.name}`);
      const Metadata = resource.metadata === undefined ? undefined : JSON.stringify(resource.metadata);
      return { StackResourceDetail: { ...resourceAnswer(stack, resource), Metadata } };
    },
    DescribeStackResources: (call) => {
      const stack = this.existing(call);
      const wanted = call.get('LogicalResourceId');
      const resources = Object.values(stack.resources).filter(
        ({ logicalId }) => wanted === undefined || logicalId === wanted,
      );
      return { StackResources: members(resources.map((resource) => resourceAnswer(stack, resource))) };
    },
    ListStackResources: (call) => {
      const stack = this.existing(call);
      const resources = Object.values(stack.resources);
      return { StackResourceSummaries: members(resources.map((resource) => resourceAnswer(stack, resource))) };
    },
    GetTemplate: (call) => {
      const changeSet = call.get('ChangeSetName');
      const { templateBody } =
        changeSet === undefined
          ? this.existing(call).content
          : this.stacks.requireChangeSet(changeSet, call.get('StackName')).changeSet;
      return { TemplateBody: templateBody, StagesAvailable: members(['Original', 'Processed']) };
    },
    GetTemplateSummary: async (call) => {
      const body =
        call.get('StackName') === undefined ? await this.templateBody(call) : this.existing(call).content.templateBody;
      const template = parseTemplate(body);
      const capability = requiredCapability(template);
      return {
        Description: template.Description,
        Parameters: members(
          Object.entries(template.Parameters ?? {}).map(([name, parameter]) => ({
            ParameterKey: name,
            ParameterType: parameter.Type,
            DefaultValue: parameter.Default,
            NoEcho: String(parameter.NoEcho ?? false),
            Description: parameter.Description,
          })),
        ),
        ResourceTypes: members([...new Set(Object.values(template.Resources).map(({ Type }) => Type))]),
        Capabilities: members(capability === undefined ? [] : [capability]),
      };
    },
    CreateChangeSet: async (call) => {
      const type = call.get('ChangeSetType') ?? 'UPDATE';
      if (type !== 'CREATE' && type !== 'UPDATE') {
        throw new ValidationError(`the local CloudFormation has no change sets of type ${type}`);
      }
      const name = call.require('StackName');
      const request = await this.stackRequest(call, type === 'UPDATE' ? this.existing(call) : undefined);
      const description = call.get('Description');
      const { stack, changeSet } = this.stacks.createChangeSet(
        name,
        call.require('ChangeSetName'),
        type,
        request,
        description,
      );
      return { Id: changeSet.id, StackId: stack.id };
    },
    DescribeChangeSet: (call) => {
      const { stack, changeSet } = this.changeSet(call);
      return changeSetAnswer(stack, changeSet);
    },
    ExecuteChangeSet: (call) => {
      const { stack, changeSet } = this.changeSet(call);
      this.stacks.executeChangeSet(stack, changeSet);
    },
    DeleteChangeSet: (call) => {
      this.stacks.deleteChangeSet(call.require('ChangeSetName'), call.get('StackName'));
    },
    ListChangeSets: (call) => {
      const stack = this.existing(call);
      return { Summaries: members(stack.changeSets.map((changeSet) => changeSetSummary(stack, changeSet))) };
    },
    ListExports: () => ({
      Exports: members(
        this.stacks
          .exports()
          .map(({ name, value, stackId }) => ({ Name: name, Value: value, ExportingStackId: stackId })),
      ),
    }),
    ListImports: (call) => {
      const name = call.require('ExportName');
      const users = this.stacks.all().filter((stack) => isLive(stack) && stack.content.imports.includes(name));
      if (users.length === 0) throw new ValidationError(`Export '${name}' is not imported by any stack.`);
      return { Imports: members(users.map((stack) => stack.name)) };
    },
  };

  private describeEvents(call: QueryParameters): object {
    const [changeSet, operation] = [call.get('ChangeSetName'), call.get('OperationId')];
    const operationId = changeSet === undefined ? operation : this.changeSet(call).changeSet.id;
    const stacks = call.get('StackName') === undefined ? this.stacks.all() : [this.existing(call)];
    const failedOnly = call.isTrue('Filters.FailedEvents');
    const isWanted = (event: StackEvent) =>
      (operationId === undefined || event.operationId === operationId) &&
      (!failedOnly || event.status.endsWith('FAILED'));
    return {
      OperationEvents: members(
        stacks.flatMap((stack) =>
          stack.events
            .filter(isWanted)
            .toReversed()
            .map((event) => operationEventAnswer(stack, event)),
        ),
      ),
    };
  }

  private existing(call: QueryParameters): Stack {
    const name = call.require('StackName');
    return this.stacks.require(name, `Stack [${name}] does not exist`);
  }

  private changeSet(call: QueryParameters) {
    return this.stacks.requireChangeSet(call.require('ChangeSetName'), call.get('StackName'));
  }

  private async stackRequest(call: QueryParameters, stack?: Stack): Promise<StackRequest> {
    const templateBody = await this.templateBody(call, stack);
    checkCapabilities(parseTemplate(templateBody), call.strings('Capabilities'));
    const tags = call.structures('Tags').map((field) => [field('Key') ?? '', field('Value') ?? '']);
    return {
      templateBody,
      parameters: new Map(
        call
          .structures('Parameters')
          .map((field): [string, ParameterInput] => [
            field('ParameterKey') ?? '',
            field('UsePreviousValue') === 'true' ? { usePrevious: true } : { value: field('ParameterValue') ?? '' },
          ]),
      ),
      // Tags left out stay as they are; only an empty list would remove them, and the protocol cannot tell it from none.
      tags: tags.length > 0 ? (Object.fromEntries(tags) as Record<string, string>) : (stack?.content.tags ?? {}),
    };
  }

  private async templateBody(call: QueryParameters, stack?: Stack): Promise<string> {
    if (stack && call.isTrue('UsePreviousTemplate')) return stack.content.templateBody;
    const [body, url] = [call.get('TemplateBody'), call.get('TemplateURL')];
    if (body !== undefined) return body;
    if (url !== undefined) return fetchTemplate(url, this.store);
    throw new ValidationError('Either Template URL or Template Body must be specified.');
  }
}

function isLive(stack: Stack): boolean {
  return stack.deletedAt === undefined;
}
