import { members, QueryService, type QueryAction, type QueryCall } from '../query-protocol';
import type { ObjectStore } from '../s3/object-store';
import { changeSetAnswer, eventAnswer, operationEventAnswer, resourceAnswer, stackAnswer } from './answers';
import { checkCapabilities } from './capabilities';
import { ValidationError } from './errors';
import type { ParameterInput } from './parameters';
import { parseTemplate } from './parse-template';
import type { StackRequest } from './plan';
import type { Stack } from './stack';
import type { Stacks } from './stacks';
import { fetchTemplate } from './template-source';

/** What an operation takes that gives a stack a new content. */
const contentParameters = [
  'StackName',
  'TemplateBody',
  'TemplateURL',
  'Parameters[].ParameterKey',
  'Parameters[].ParameterValue',
  'Parameters[].UsePreviousValue',
  'Capabilities[]',
  'Tags[].Key',
  'Tags[].Value',
  'RoleARN',
  'DeploymentConfig.Mode',
];

const recordedParameters = {
  ClientRequestToken: 'a call that is repeated is judged anew',
  ClientToken: 'a call that is repeated is judged anew',
  IncludeNestedStacks: 'no stack is nested here',
  IncludePropertyValues: 'a change set names the resources that change, without their values',
};

/** CloudFormation's API over Stacks. Templates by URL come from the object store. Lists are answered whole, without pages. */
export function cloudFormationService(stacks: Stacks, store: ObjectStore): QueryService {
  const named = (call: QueryCall): Stack => {
    const name = call.require('StackName');
    return stacks.require(name, `Stack [${name}] does not exist`);
  };
  const changeSetOf = (call: QueryCall) =>
    stacks.requireChangeSet(call.require('ChangeSetName'), call.get('StackName'));

  const operations: Readonly<Record<string, QueryAction>> = {
    CreateStack: {
      parameters: contentParameters,
      run: async (call) => ({ StackId: stacks.create(call.require('StackName'), await stackRequest(call, store)) }),
    },
    UpdateStack: {
      parameters: [...contentParameters, 'UsePreviousTemplate'],
      run: async (call) => {
        const stack = named(call);
        return { StackId: stacks.update(stack.id, await stackRequest(call, store, stack)) };
      },
    },
    DeleteStack: {
      parameters: ['StackName', 'RoleARN', 'DeploymentConfig.Mode'],
      run: (call) => {
        stacks.delete(call.require('StackName'), call.get('RoleARN'));
      },
    },
    DescribeStacks: {
      parameters: ['StackName'],
      run: (call) => {
        const name = call.get('StackName');
        const found = name === undefined ? stacks.live() : [stacks.require(name)];
        return { Stacks: members(found.map(stackAnswer)) };
      },
    },
    DescribeStackEvents: {
      parameters: ['StackName'],
      run: (call) => {
        const stack = named(call);
        const events = stack.events.filter(({ validation }) => !validation).toReversed();
        return { StackEvents: members(events.map((event) => eventAnswer(stack, event))) };
      },
    },
    DescribeEvents: {
      parameters: ['StackName', 'ChangeSetName', 'OperationId', 'Filters.FailedEvents'],
      run: (call) => {
        const changeSet = call.get('ChangeSetName') === undefined ? undefined : changeSetOf(call);
        const stack = changeSet?.stack ?? named(call);
        const operationId = changeSet?.changeSet.id ?? call.get('OperationId');
        const wanted = stack.events.filter(
          (event) =>
            (operationId === undefined || event.operationId === operationId) &&
            (!call.isTrue('Filters.FailedEvents') || event.status.endsWith('FAILED')),
        );
        return { OperationEvents: members(wanted.toReversed().map((event) => operationEventAnswer(stack, event))) };
      },
    },
    DescribeStackResources: {
      parameters: ['StackName', 'LogicalResourceId'],
      run: (call) => {
        const [stack, wanted] = [named(call), call.get('LogicalResourceId')];
        const resources = Object.values(stack.resources).filter(({ logicalId }) => (wanted ?? logicalId) === logicalId);
        return { StackResources: members(resources.map((resource) => resourceAnswer(stack, resource))) };
      },
    },
    GetTemplate: {
      // There are no macros, so that both stages of a template are the same.
      parameters: ['StackName', 'ChangeSetName', 'TemplateStage'],
      run: (call) => {
        const { templateBody } =
          call.get('ChangeSetName') === undefined ? named(call).content : changeSetOf(call).changeSet;
        return { TemplateBody: templateBody, StagesAvailable: members(['Original', 'Processed']) };
      },
    },
    CreateChangeSet: {
      parameters: [...contentParameters, 'UsePreviousTemplate', 'ChangeSetName', 'ChangeSetType', 'Description'],
      run: async (call) => {
        const type = call.get('ChangeSetType') ?? 'UPDATE';
        if (type !== 'CREATE' && type !== 'UPDATE') {
          throw new ValidationError(`the local CloudFormation has no change sets of type ${type}`);
        }
        const { stack, changeSet } = stacks.createChangeSet(
          call.require('StackName'),
          call.require('ChangeSetName'),
          type,
          await stackRequest(call, store, type === 'UPDATE' ? named(call) : undefined),
          call.get('Description'),
        );
        return { Id: changeSet.id, StackId: stack.id };
      },
    },
    DescribeChangeSet: {
      parameters: ['StackName', 'ChangeSetName'],
      run: (call) => {
        const { stack, changeSet } = changeSetOf(call);
        return changeSetAnswer(stack, changeSet);
      },
    },
    ExecuteChangeSet: {
      parameters: ['StackName', 'ChangeSetName'],
      run: (call) => {
        const { stack, changeSet } = changeSetOf(call);
        stacks.executeChangeSet(stack, changeSet);
      },
    },
    DeleteChangeSet: {
      parameters: ['StackName', 'ChangeSetName'],
      run: (call) => {
        stacks.deleteChangeSet(call.require('ChangeSetName'), call.get('StackName'));
      },
    },
  };
  return new QueryService(
    'CloudFormation',
    'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    operations,
    recordedParameters,
  );
}

async function stackRequest(call: QueryCall, store: ObjectStore, stack?: Stack): Promise<StackRequest> {
  const mode = call.get('DeploymentConfig.Mode') ?? 'STANDARD';
  if (mode !== 'STANDARD') throw new ValidationError(`the local CloudFormation has no deployments of mode ${mode}`);
  const templateBody = await requestedTemplate(call, store, stack);
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
    roleArn: call.get('RoleARN'),
  };
}

/** CloudFormation's limits of a template in the request and of one in S3, in bytes. */
const MAX_BODY_BYTES = 51_200;
const MAX_OBJECT_BYTES = 1024 * 1024;

async function requestedTemplate(call: QueryCall, store: ObjectStore, stack?: Stack): Promise<string> {
  const [body, url] = [call.get('TemplateBody'), call.get('TemplateURL')];
  const previous = call.isTrue('UsePreviousTemplate') ? stack?.content.templateBody : undefined;
  const given = [body, url, previous].filter((source) => source !== undefined);
  if (given.length > 1) {
    throw new ValidationError('Only one of TemplateBody, TemplateURL and UsePreviousTemplate can be specified.');
  }
  if (previous !== undefined) return previous;
  const template = body ?? (url === undefined ? undefined : await fetchTemplate(url, store));
  if (template === undefined) throw new ValidationError('Either Template URL or Template Body must be specified.');
  const limit = body === undefined ? MAX_OBJECT_BYTES : MAX_BODY_BYTES;
  if (Buffer.byteLength(template) > limit) {
    throw new ValidationError(`Template may not exceed ${limit} bytes in size.`);
  }
  return template;
}
