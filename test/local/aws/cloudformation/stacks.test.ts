import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployStack } from '../../../../local/aws/cloudformation/deploy-stack';
import type { ParameterInput } from '../../../../local/aws/cloudformation/parameters';
import type { StackRequest } from '../../../../local/aws/cloudformation/plan';
import type { Stack } from '../../../../local/aws/cloudformation/stack';
import { Stacks, type StacksOptions } from '../../../../local/aws/cloudformation/stacks';
import type { Template, TemplateResource } from '../../../../local/aws/cloudformation/template';
import { ScriptedProvider } from './scripted-provider';

let folder: string;
let provider: ScriptedProvider;
let stacks: Stacks;

function open(options: Partial<StacksOptions> = {}): Promise<Stacks> {
  return Stacks.open({ folder, providers: { 'Test::Thing': provider }, ssmParameters: new Map(), ...options });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stacks-'));
  provider = new ScriptedProvider();
  stacks = await open();
});
afterEach(async () => {
  await stacks.close();
  await rm(folder, { recursive: true });
});

function thing(properties: Record<string, unknown> = {}, more: Partial<TemplateResource> = {}): TemplateResource {
  return { Type: 'Test::Thing', Properties: properties, ...more };
}

function request(template: Template, parameters: Record<string, ParameterInput> = {}): StackRequest {
  return { templateBody: JSON.stringify(template), parameters: new Map(Object.entries(parameters)), tags: {} };
}

async function update(template: Template, parameters: Record<string, ParameterInput> = {}): Promise<void> {
  stacks.update('stack', request(template, parameters));
  await stacks.settled('stack');
}

function statuses(name = 'stack'): string[] {
  const stack = stacks.require(name);
  return stack.events.filter(({ logicalId }) => logicalId === name).map(({ status }) => status);
}

const physicalIds = () => Object.values(stacks.require('stack').resources).map(({ physicalId }) => physicalId);

const chain: Template = {
  Resources: {
    Third: thing({ On: { 'Fn::GetAtt': ['Second', 'Arn'] } }),
    Second: thing({ On: { Ref: 'First' } }),
    First: thing(),
  },
  Outputs: { Last: { Value: { Ref: 'Third' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:last' } } } },
};

describe('create', () => {
  test('creates in dependency order, with outputs and events', async () => {
    const stack = await deployStack(stacks, 'stack', chain);
    expect(provider.take()).toEqual(['create First', 'create Second', 'create Third']);
    expect(stack.resources.Third?.properties).toEqual({ On: 'arn:Second-2' });
    expect(stack.content.outputs).toEqual({ Last: { value: 'Third-3', exportName: 'stack:last' } });
    expect(stack.events.map(({ logicalId, status }) => `${logicalId} ${status}`)).toEqual([
      'stack CREATE_IN_PROGRESS',
      'First CREATE_IN_PROGRESS',
      'First CREATE_COMPLETE',
      'Second CREATE_IN_PROGRESS',
      'Second CREATE_COMPLETE',
      'Third CREATE_IN_PROGRESS',
      'Third CREATE_COMPLETE',
      'stack CREATE_COMPLETE',
    ]);
  });

  test('rolls back to nothing, keeps what is retained, and tells why', async () => {
    const template: Template = {
      Resources: {
        Kept: thing({}, { DeletionPolicy: 'Retain' }),
        Half: thing({}, { DeletionPolicy: 'RetainExceptOnCreate', DependsOn: 'Kept' }),
        Bad: thing({ Fail: 'create', On: { Ref: 'Half' } }),
        Never: thing({ On: { Ref: 'Bad' } }),
      },
    };
    await expect(deployStack(stacks, 'stack', template)).rejects.toThrow(
      'stack stack is in ROLLBACK_COMPLETE: Bad (Test::Thing): no Bad today',
    );
    expect(provider.take()).toEqual(['create Kept', 'create Half', 'create Bad', 'delete Half-2']);
    expect(statuses()).toEqual(['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_COMPLETE']);
    const stack = stacks.require('stack');
    expect(stack.resources).toEqual({});
    expect(stack.events.find(({ status }) => status === 'ROLLBACK_IN_PROGRESS')?.reason).toBe(
      'The following resource(s) failed to create: [Bad]. Rollback requested by user.',
    );
    expect(() => stacks.update('stack', request(chain))).toThrow(
      'is in ROLLBACK_COMPLETE state and can not be updated.',
    );
    // As the CDK does, the next attempt starts afresh.
    await deployStack(stacks, 'stack', chain);
    expect(statuses()).toEqual(['CREATE_IN_PROGRESS', 'CREATE_COMPLETE']);
  });

  test('refuses a name that is taken, and a wrong one', async () => {
    await deployStack(stacks, 'stack', chain);
    expect(() => stacks.create('stack', request(chain))).toThrow('Stack [stack] already exists');
    expect(() => stacks.create('no_name', request(chain))).toThrow("Value 'no_name' at 'stackName' failed");
  });

  test('an attribute that the local cloud does not know is refused by name', async () => {
    const template: Template = {
      Resources: {
        Topic: { Type: 'AWS::SNS::Topic' },
        User: thing({ Key: { 'Fn::GetAtt': ['Topic', 'KmsKeyArn'] } }),
      },
    };
    await expect(deployStack(stacks, 'stack', template)).rejects.toThrow(
      "Requested attribute KmsKeyArn does not exist in the local cloud's AWS::SNS::Topic (Topic), read at Resources/User/Properties/Key",
    );
  });
});

describe('update', () => {
  const base: Template = {
    Parameters: { Color: { Type: 'String', Default: 'red' }, Make: { Type: 'String', Default: 'no' } },
    Conditions: { Made: { 'Fn::Equals': [{ Ref: 'Make' }, 'yes'] } },
    Resources: {
      Base: thing({ Name: 'base', Color: { Ref: 'Color' } }),
      User: thing({ Name: 'user', Base: { Ref: 'Base' } }),
      Made: thing({ Name: 'made', Size: 1 }, { Condition: 'Made' }),
    },
  };
  const changed = (resources: Record<string, TemplateResource>): Template => ({
    ...base,
    Resources: { ...base.Resources, ...resources },
  });
  const previous: ParameterInput = { usePrevious: true };

  beforeEach(async () => {
    await deployStack(stacks, 'stack', base, { Color: 'blue' });
    provider.take();
  });

  test('changes in place only what changed', async () => {
    await update(base, { Color: { value: 'green' } });
    expect(provider.take()).toEqual(['update Base {"Name":"base","Color":"green"}']);
    expect(statuses().slice(2)).toEqual([
      'UPDATE_IN_PROGRESS',
      'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_COMPLETE',
    ]);
  });

  test('a parameter left out takes its default; deployStack keeps it, as cdk deploy does', async () => {
    await deployStack(stacks, 'stack', base);
    expect(provider.take()).toEqual([]);
    await update(base);
    expect(provider.take()).toEqual(['update Base {"Name":"base","Color":"red"}']);
  });

  test('replaces, tells the dependents, and deletes the old one afterwards', async () => {
    await update(changed({ Base: thing({ Name: 'other', Color: { Ref: 'Color' } }) }), { Color: previous });
    expect(provider.take()).toEqual([
      'update Base {"Name":"other","Color":"blue"}',
      'update User {"Name":"user","Base":"Base-3"}',
      'delete Base-1',
    ]);
  });

  test('UpdateReplacePolicy Retain keeps the old one', async () => {
    const Base = thing({ Name: 'other', Color: { Ref: 'Color' } }, { UpdateReplacePolicy: 'Retain' });
    await update(changed({ Base }), { Color: previous });
    expect(provider.take().filter((call) => call.startsWith('delete'))).toEqual([]);
  });

  test('a resource of another type replaces the one of its name', async () => {
    await update(changed({ User: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'user' } } }), {
      Color: previous,
    });
    expect(provider.take()).toEqual(['delete User-2']);
    expect(stacks.require('stack').resources.User?.physicalId).toBe('arn:aws:sns:us-east-1:000000000000:user');
  });

  test('creates and deletes by condition', async () => {
    await update(base, { Color: previous, Make: { value: 'yes' } });
    expect(provider.take()).toEqual(['create Made']);
    await update(base, { Color: previous, Make: { value: 'no' } });
    expect(provider.take()).toEqual(['delete Made-3']);
    expect(physicalIds()).toEqual(['Base-1', 'User-2']);
  });

  test('deletes what left the template, after its dependents were changed, unless it is retained', async () => {
    const { Base, User } = base.Resources;
    await update({ ...base, Resources: { User: thing({ Name: 'user' }) } }, { Color: previous });
    expect(provider.take()).toEqual(['update User {"Name":"user"}', 'delete Base-1']);
    await update({
      ...base,
      Resources: { Base: { ...(Base ?? thing()), DeletionPolicy: 'Retain' }, User: User ?? thing() },
    });
    provider.take();
    await update({ ...base, Resources: { User: thing({ Name: 'user' }) } });
    expect(provider.take()).toEqual(['update User {"Name":"user"}']);
    expect(stacks.require('stack').events.map(({ status }) => status)).toContain('DELETE_SKIPPED');
  });

  describe('without changes', () => {
    const refused = 'No updates are to be performed.';

    test.each<[string, Template]>([
      ['the same', base],
      [
        'a change inside a resource whose condition is false',
        changed({ Made: thing({ Name: 'made', Size: 2 }, { Condition: 'Made' }) }),
      ],
      ['a description', { ...base, Description: 'new' }],
      [
        'a parameter that nothing reads',
        { ...base, Parameters: { ...base.Parameters, New: { Type: 'String', Default: 'x' } } },
      ],
      ['another order', { ...base, Resources: Object.fromEntries(Object.entries(base.Resources).reverse()) }],
    ])('%s is no update', (_name, template) => {
      expect(() => stacks.update('stack', request(template, { Color: previous }))).toThrow(refused);
    });

    test('and the stored template stays: a later UsePreviousTemplate deploys the old one', async () => {
      const template = changed({ Made: thing({ Name: 'made', Size: 2 }, { Condition: 'Made' }) });
      await deployStack(stacks, 'stack', template);
      const { templateBody } = stacks.require('stack').content;
      await update(JSON.parse(templateBody) as Template, { Color: previous, Make: { value: 'yes' } });
      expect(stacks.require('stack').resources.Made?.properties).toEqual({ Name: 'made', Size: 1 });
    });

    test.each<[string, Partial<Template>]>([
      ['an output', { Outputs: { Hash: { Value: 'abc' } } }],
      [
        'metadata',
        { Resources: { ...base.Resources, User: { ...(base.Resources.User ?? thing()), Metadata: { a: 1 } } } },
      ],
      [
        'a policy',
        { Resources: { ...base.Resources, User: { ...(base.Resources.User ?? thing()), DeletionPolicy: 'Retain' } } },
      ],
    ])('%s alone is an update', async (_name, change) => {
      await update({ ...base, ...change }, { Color: previous });
      expect(stacks.require('stack').status).toBe('UPDATE_COMPLETE');
      expect(provider.take()).toEqual([]);
    });

    test('an output with a hash makes the hidden change count', async () => {
      const hidden = changed({ Made: thing({ Name: 'made', Size: 2 }, { Condition: 'Made' }) });
      await update({ ...hidden, Outputs: { Hash: { Value: 'abc' } } }, { Color: previous });
      expect(stacks.require('stack').content.templateBody).toContain('"Size":2');
    });
  });

  describe('that fails', () => {
    const failing = changed({
      Base: thing({ Name: 'other', Color: 'green' }),
      Extra: thing({ Name: 'extra' }),
      User: thing({ Name: 'user', Base: { Ref: 'Base' }, Fail: 'update', On: { Ref: 'Extra' } }),
    });

    test('restores resources, template, parameters and outputs, and deletes what it made', async () => {
      const { content } = stacks.require('stack');
      await update(failing, { Color: { value: 'green' } });
      expect(provider.take()).toEqual([
        'update Base {"Name":"other","Color":"green"}',
        'create Extra',
        'update User {"Name":"user","Base":"Base-3","Fail":"update","On":"Extra-4"}',
        'update User {"Name":"user","Base":"Base-1"}',
        'delete Extra-4',
        'delete Base-3',
      ]);
      expect(statuses().slice(2)).toEqual([
        'UPDATE_IN_PROGRESS',
        'UPDATE_ROLLBACK_IN_PROGRESS',
        'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
        'UPDATE_ROLLBACK_COMPLETE',
      ]);
      const stack = stacks.require('stack');
      expect(stack.content).toEqual(content);
      expect(physicalIds()).toEqual(['Base-1', 'User-2']);
      const failed = stack.events.find(({ status }) => status === 'UPDATE_FAILED');
      expect(failed).toMatchObject({ logicalId: 'User', reason: 'User will not change' });
    });

    test('undoes a change in place, and brings back what was removed', async () => {
      const { Base } = base.Resources;
      const template = {
        ...base,
        Resources: { Base: thing({ Name: 'base', Color: 'green' }), Bad: thing({ Fail: 'create' }) },
      };
      await update(template);
      expect(provider.take()).toEqual([
        'update Base {"Name":"base","Color":"green"}',
        'create Bad',
        'update Base {"Name":"base","Color":"blue"}',
      ]);
      expect(physicalIds()).toEqual(['Base-1', 'User-2']);
      await update({ ...base, Resources: { Base: Base ?? thing() } }, { Color: previous });
      expect(provider.take()).toEqual(['delete User-2']);
    });

    test('after the rollback the same stack can be updated again', async () => {
      await update(failing, { Color: { value: 'green' } });
      await update(base, { Color: { value: 'white' } });
      expect(stacks.require('stack').status).toBe('UPDATE_COMPLETE');
    });

    test('a rollback that fails too says so', async () => {
      const stuck = changed({ User: thing({ Name: 'user', Fail: 'update' }) });
      await update(changed({ User: thing({ Name: 'user', Fail: 'delete' }) }), { Color: previous });
      const original = provider.update.bind(provider);
      provider.update = (resource, current) =>
        resource.logicalId === 'User' ? Promise.reject(new Error('stuck')) : original(resource, current);
      await update(stuck, { Color: previous });
      expect(stacks.require('stack').status).toBe('UPDATE_ROLLBACK_FAILED');
    });

    test('what cannot be deleted in the cleanup is left behind, and the update is complete all the same', async () => {
      await update(changed({ Stuck: thing({ Fail: 'delete' }) }), { Color: previous });
      await update(base, { Color: previous });
      const stack = stacks.require('stack');
      expect(stack.status).toBe('UPDATE_COMPLETE');
      expect(stack.events.find(({ status }) => status === 'DELETE_FAILED')?.reason).toBe('Stuck clings to life');
    });
  });

  test('runs by itself, and the stack is busy meanwhile', async () => {
    stacks.update('stack', request(changed({ User: thing({ Name: 'user', Gate: true }) })));
    expect(stacks.require('stack').status).toBe('UPDATE_IN_PROGRESS');
    expect(() => stacks.update('stack', request(base))).toThrow(
      /^Stack:arn:aws:cloudformation:us-east-1:000000000000:stack\/stack\/.* is in UPDATE_IN_PROGRESS state and can not be updated\.$/,
    );
    expect(() => {
      stacks.delete('stack');
    }).toThrow('Stack [stack] cannot be deleted while in status UPDATE_IN_PROGRESS');
    provider.open();
    await stacks.settled('stack');
    expect(stacks.require('stack').status).toBe('UPDATE_COMPLETE');
  });

  test('refuses before anything happens', () => {
    expect(() => stacks.update('nowhere', request(base))).toThrow('Stack [nowhere] does not exist');
    expect(() => stacks.update('stack', request(base, { Nope: { value: '' } }))).toThrow(
      'do not exist in the template',
    );
    expect(() => stacks.update('stack', request(changed({ User: thing({ X: { Ref: 'Made' } }) })))).toThrow('[Made]');
    expect(provider.take()).toEqual([]);
    expect(stacks.require('stack').status).toBe('CREATE_COMPLETE');
  });
});

describe('early validation', () => {
  const accelerated: Template = { Resources: { Config: thing({ AcceleratorType: 'ml.eia2.medium' }) } };
  const generic = /^The following hook\(s\)\/validation failed: \[AWS::EarlyValidation::PropertyValidation\]/;

  beforeEach(async () => {
    stacks = await open({
      validate: (_name, template) =>
        JSON.stringify(template).includes('AcceleratorType') ? 'Unsupported property [AcceleratorType]' : undefined,
    });
  });

  test('stops an update before any resource; only its validation event has the reason', async () => {
    await deployStack(stacks, 'stack', chain);
    provider.take();
    await update(accelerated);
    const stack = stacks.require('stack');
    expect(provider.take()).toEqual([]);
    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(stack.events.find(({ status }) => status === 'UPDATE_ROLLBACK_IN_PROGRESS')?.reason).toMatch(generic);
    const naming = stack.events.filter(({ reason }) => reason?.includes('AcceleratorType'));
    expect(naming.map(({ validation }) => validation?.name)).toEqual(['AWS::EarlyValidation::PropertyValidation']);
  });

  test('stops a creation, and deployStack says why', async () => {
    await expect(deployStack(stacks, 'stack', accelerated)).rejects.toThrow(
      'stack stack is in ROLLBACK_COMPLETE: Unsupported property [AcceleratorType]',
    );
  });
});

describe('delete', () => {
  test('deletes dependents first; the name is free, the id still known', async () => {
    const { id } = await deployStack(stacks, 'stack', chain);
    provider.take();
    stacks.delete('stack');
    await stacks.settled(id);
    expect(provider.take()).toEqual(['delete Third-3', 'delete Second-2', 'delete First-1']);
    expect(stacks.find('stack')).toBeUndefined();
    expect(stacks.require(id).status).toBe('DELETE_COMPLETE');
    expect(() => stacks.require('stack')).toThrow('Stack with id stack does not exist');
    stacks.delete('stack');
    await deployStack(stacks, 'stack', chain);
  });

  test('retains what its policy retains', async () => {
    await deployStack(stacks, 'stack', {
      Resources: { Data: thing({}, { DeletionPolicy: 'Retain' }), Other: thing() },
    });
    provider.take();
    const { id } = stacks.require('stack');
    stacks.delete('stack');
    await stacks.settled(id);
    expect(provider.take()).toEqual(['delete Other-2']);
    expect(stacks.require(id).status).toBe('DELETE_COMPLETE');
  });

  test('a resource that cannot be deleted leaves the stack in DELETE_FAILED, and it can be tried again', async () => {
    await deployStack(stacks, 'stack', {
      Resources: { A: thing({ Fail: 'delete' }), B: thing({ On: { Ref: 'A' } }) },
    });
    stacks.delete('stack');
    await stacks.settled('stack');
    const stack = stacks.require('stack');
    expect([stack.status, stack.statusReason]).toEqual([
      'DELETE_FAILED',
      'The following resource(s) failed to delete: [A]. ',
    ]);
    provider.take();
    stacks.delete('stack');
    await stacks.settled('stack');
    expect(provider.take()).toEqual(['delete A-1']);
  });
});

describe('exports', () => {
  const importing: Template = { Resources: { User: thing({ Value: { 'Fn::ImportValue': 'stack:last' } }) } };

  beforeEach(async () => {
    await deployStack(stacks, 'stack', chain);
  });

  test('are read by other stacks, and then cannot be deleted or changed', async () => {
    const { resources } = await deployStack(stacks, 'user', importing);
    expect(resources.User?.properties).toEqual({ Value: 'Third-3' });
    stacks.delete('stack');
    await stacks.settled('stack');
    const stack = stacks.require('stack');
    expect([stack.status, stack.statusReason]).toEqual([
      'CREATE_COMPLETE',
      'Export stack:last cannot be deleted as it is in use by user',
    ]);
    await update({ Resources: chain.Resources });
    expect([stack.status, stack.content.outputs.Last?.value]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'Third-3']);
    await update({ ...chain, Outputs: { Last: { Value: 'other', Export: { Name: 'stack:last' } } } });
    expect(stack.events.map(({ reason }) => reason)).toContain(
      'Export stack:last cannot be updated as it is in use by user',
    );
    stacks.delete('user');
    await stacks.settled('user');
    await update({ Resources: chain.Resources });
    expect(stack.status).toBe('UPDATE_COMPLETE');
  });

  test('have one owner', async () => {
    const template = { ...chain, Outputs: { Last: { Value: 'x', Export: { Name: 'stack:last' } } } };
    await expect(deployStack(stacks, 'other', template)).rejects.toThrow(
      'Export with name stack:last is already exported by stack stack.',
    );
  });

  test('must exist', async () => {
    const template: Template = { Resources: { User: thing({ Value: { 'Fn::ImportValue': 'nope' } }) } };
    await expect(deployStack(stacks, 'user', template)).rejects.toThrow('No export named nope found');
  });

  test('an output is read weakly too', async () => {
    const value = { 'Fn::GetStackOutput': { StackName: 'stack', OutputName: 'Last' } };
    const { resources } = await deployStack(stacks, 'user', { Resources: { User: thing({ Value: value }) } });
    expect(resources.User?.properties).toEqual({ Value: 'Third-3' });
    stacks.delete('stack');
    await stacks.settled('stack');
    expect(stacks.find('stack')).toBeUndefined();
  });
});

describe('a second process', () => {
  /** Waits until the disk knows that the resource is being changed. The answer lets the first process end. */
  async function cutOff(logicalId: string): Promise<() => Promise<void>> {
    const [firstProcess, firstProvider] = [stacks, provider];
    for (;;) {
      const { value } = JSON.parse(await readFile(join(folder, 'stacks.json'), 'utf8')) as { value: Stack[] };
      if (value[0]?.resources[logicalId]?.status === 'UPDATE_IN_PROGRESS') break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return async () => {
      firstProvider.open();
      await firstProcess.settled('stack');
    };
  }

  test('knows the stacks, changes nothing, and brings the resources back in order', async () => {
    await deployStack(stacks, 'stack', chain);
    provider.take();
    stacks = await open();
    await stacks.resume();
    expect(provider.take()).toEqual(['resume First-1', 'resume Second-2', 'resume Third-3']);
    await deployStack(stacks, 'stack', chain);
    expect(provider.take()).toEqual([]);
    expect(await readdir(folder)).toEqual(['stacks.json']);
  });

  test('carries on where the first one was stopped', async () => {
    await deployStack(stacks, 'stack', chain);
    const gated: Template = {
      Resources: {
        ...chain.Resources,
        First: thing({ Name: 'new' }),
        Second: thing({ On: { Ref: 'First' }, Gate: true }),
      },
    };
    stacks.update('stack', request({ ...gated, Outputs: chain.Outputs }));
    const stop = await cutOff('Second');
    provider = new ScriptedProvider(10);
    stacks = await open();
    expect(stacks.require('stack').status).toBe('UPDATE_FAILED');
    await deployStack(stacks, 'stack', chain);
    // First was replaced already: it goes back to what the template says, and what was set aside is deleted.
    expect(provider.take()).toEqual([
      'update First {}',
      'update Second {"On":"First-11"}',
      'delete First-4',
      'delete First-1',
    ]);
    await stop();
  });

  test('repeats a change that was cut off, even when nobody knows whether it happened', async () => {
    await deployStack(stacks, 'stack', chain);
    const gated: Template = { ...chain, Resources: { ...chain.Resources, First: thing({ Gate: true }) } };
    stacks.update('stack', request(gated));
    const stop = await cutOff('First');
    provider = new ScriptedProvider(10);
    stacks = await open();
    await deployStack(stacks, 'stack', chain);
    expect(provider.take()).toEqual(['update First {}']);
    await stop();
  });

  test('says which resource could not be brought back', async () => {
    await deployStack(stacks, 'stack', { Resources: { Lost: thing({ Fail: 'resume' }) } });
    stacks = await open();
    await expect(stacks.resume()).rejects.toThrow('could not bring Lost (Test::Thing) of stack stack back: it is gone');
  });

  test('refuses the state of another version', async () => {
    await writeFile(join(folder, 'stacks.json'), '{"version": 0, "value": []}');
    await expect(open()).rejects.toThrow(
      'stacks.json was written by another version of this program: start over with --fresh',
    );
  });
});
