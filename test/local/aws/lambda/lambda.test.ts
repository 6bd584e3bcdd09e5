import { execFile } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import { ZipFile } from 'yazl';
import type { ResolvedResource } from '../../../../local/aws/cloudformation/provider';
import { accessKeyOf } from '../../../../local/aws/iam/role-session';
import { assetsFromStore } from '../../../../local/aws/lambda/asset';
import { lambdaInvokeTask } from '../../../../local/aws/lambda/invoke-task';
import { LambdaProvider } from '../../../../local/aws/lambda/lambda-provider';
import { ObjectStore } from '../../../../local/aws/s3/object-store';

const ROLE = 'arn:aws:iam::000000000000:role/stack-role';
const neverAborted = { signal: new AbortController().signal };

let root: string;
let provider: LambdaProvider;
let logged: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lambda-'));
  logged = '';
  provider = new LambdaProvider({
    endpointUrl: 'http://127.0.0.1:9',
    asset: (_bucket, key) => Promise.resolve(join(root, key)),
    logFolder: join(root, 'logs'),
    onLog: (_name, text) => (logged += text),
  });
});

afterEach(async () => {
  await provider.close();
  await rm(root, { recursive: true });
});

/** Registers a function with this source for index.js. */
async function register(
  name: string,
  source: string,
  properties: Record<string, unknown> = {},
): Promise<ResolvedResource> {
  await mkdir(join(root, name), { recursive: true });
  await writeFile(join(root, name, 'index.js'), source);
  const resource: ResolvedResource = {
    stackName: 'stack',
    stackId: 'arn:stack',
    logicalId: 'Fn',
    type: 'AWS::Lambda::Function',
    properties: {
      FunctionName: name,
      Code: { S3Bucket: 'assets', S3Key: name },
      Handler: 'index.handler',
      Runtime: 'nodejs22.x',
      Role: ROLE,
      Timeout: 1,
      ...properties,
    },
  };
  await provider.create(resource);
  return resource;
}

test('an environment of more than 4 KB is refused, as Lambda measures it: as JSON', async () => {
  const framed = (bytes: number) => ({
    Environment: { Variables: { A: '"'.repeat((bytes - '{"A":""}'.length) / 2) } },
  });
  const resource = await register('largest', 'exports.handler = () => {};', framed(4096));
  await expect(register('larger', 'exports.handler = () => {};', framed(4098))).rejects.toThrow(
    'the environment variables you have provided exceeded the 4KB limit',
  );
  const changed = { ...resource, properties: { ...resource.properties, ...framed(4098) } };
  await expect(provider.update(changed, { physicalId: 'largest', attributes: {} })).rejects.toThrow('4KB limit');
});

test('more memory than a new account may have is refused', async () => {
  await register('large', 'exports.handler = () => {};', { MemorySize: 3008 });
  await expect(register('too-large', 'exports.handler = () => {};', { MemorySize: 3009 })).rejects.toThrow(
    'Member must have value less than or equal to 3008',
  );
});

describe('an invocation', () => {
  test('answers what the handler returns, given event, context and its own environment only', async () => {
    process.env.LEAKED = 'from the machine';
    await register(
      'echo',
      `exports.handler = async (event, context) => ({ event, environment: { ...process.env },
         context: { ...context, remaining: context.getRemainingTimeInMillis() } });`,
      { Environment: { Variables: { GREETING: 'hello' } } },
    );
    delete process.env.LEAKED;

    const { payload } = await provider.invoke('echo', { text: 'ü', list: [1, null] });

    expect(payload).toMatchObject({
      event: { text: 'ü', list: [1, null] },
      context: {
        functionName: 'echo',
        memoryLimitInMB: '128',
        awsRequestId: expect.stringMatching(/^[\da-f-]{36}$/) as unknown,
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:echo',
      },
      environment: {
        GREETING: 'hello',
        AWS_ACCESS_KEY_ID: accessKeyOf(ROLE, 'echo'),
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
        AWS_CONFIG_FILE: '/dev/null',
      },
    });
    const { environment, context } = payload as { environment: object; context: { remaining: number } };
    expect(environment).not.toHaveProperty('LEAKED');
    expect(environment).not.toHaveProperty('PATH');
    expect(context.remaining).toBeGreaterThan(0);
    expect(context.remaining).toBeLessThanOrEqual(1000);
  });

  test('gives the code the variables that its own are made into here', async () => {
    const here = new LambdaProvider({
      endpointUrl: 'http://127.0.0.1:9',
      asset: (_bucket, key) => Promise.resolve(join(root, key)),
      logFolder: join(root, 'logs'),
      variables: ({ GREETING, ...others }) => ({ ...others, GREETING: `${GREETING} from here` }),
    });
    const source = 'exports.handler = async () => [process.env.GREETING, process.env.OTHER];';
    const variables = { Environment: { Variables: { GREETING: 'hello', OTHER: 'kept' } } };
    await here.create(await register('greet', source, variables));
    expect((await here.invoke('greet', {})).payload).toEqual(['hello from here', 'kept']);
    await here.close();
  });

  test('names the source line of an error where the environment asks Node.js for it', async () => {
    const source = 'interface Event { at: string }\n\nexports.handler = ({ at }: Event) => { throw new Error(at); };\n';
    const { code, map } = transformSync(source, { loader: 'ts', sourcemap: true, sourcefile: 'source.ts' });
    await register('mapped', `${code}//# sourceMappingURL=index.js.map\n`, {
      Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps' } },
    });
    await writeFile(join(root, 'mapped', 'index.js.map'), map);
    const { payload } = await provider.invoke('mapped', { at: 'here' });
    expect(payload).toMatchObject({
      errorMessage: 'here',
      trace: expect.arrayContaining([expect.stringMatching(/source\.ts:3:\d+/) as unknown]) as unknown,
    });
  });

  test('answers 6 MB and no more', async () => {
    // With the two quotes around it.
    await register('long', `exports.handler = async (length) => 'x'.repeat(length - 2);`);
    expect((await provider.invoke('long', 6_291_556)).functionError).toBeUndefined();
    expect(await provider.invoke('long', 6_291_557)).toMatchObject({
      functionError: 'Unhandled',
      payload: { errorType: 'Function.ResponseSizeTooLarge' },
    });
  });

  test('finds the function by name, ARN and ARN with an alias', async () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:found';
    await register('found', `exports.handler = async () => 'here';`);
    for (const name of ['found', arn, `${arn}:live`, `${arn}:$LATEST`, 'found:1']) {
      expect(await provider.invoke(name, {})).toEqual({ payload: 'here' });
    }
  });

  test.each([
    ['undefined', 'async () => undefined', null],
    ['null', 'async () => null', null],
    ['a value that is no promise', '() => 7', 7],
  ])('%s', async (_what, handler, payload) => {
    await register('f', `exports.handler = ${handler};`);
    expect(await provider.invoke('f', {})).toEqual({ payload });
  });

  test('reuses a warm worker, never a busy one', async () => {
    await register(
      'counter',
      `let count = 0; exports.handler = async ({ wait }) => { const mine = ++count; await new Promise((r) => setTimeout(r, wait)); return mine; };`,
    );
    expect((await provider.invoke('counter', { wait: 0 })).payload).toBe(1);
    expect((await provider.invoke('counter', { wait: 0 })).payload).toBe(2);
    const together = await Promise.all(Array.from({ length: 6 }, () => provider.invoke('counter', { wait: 200 })));
    // One warm worker, three new ones, and two events that waited for a free one.
    expect(together.filter(({ payload }) => payload === 1)).toHaveLength(3);
  });

  test('has a temporary folder that is its worker’s alone, and goes with it', async () => {
    await register(
      'keeper',
      `const { tmpdir } = require('node:os'); const { readdirSync, writeFileSync } = require('node:fs');
       exports.handler = async ({ name, wait }) => {
         const there = readdirSync(tmpdir());
         writeFileSync(tmpdir() + '/' + name, '');
         await new Promise((resolve) => setTimeout(resolve, wait));
         return { folder: tmpdir(), there };
       };`,
      { Timeout: 3 },
    );
    const invoke = async (name: string, wait = 0) =>
      (await provider.invoke('keeper', { name, wait })).payload as { folder: string; there: string[] };
    const first = await invoke('first');
    expect(first.there).toEqual([]);
    const [warm, another] = await Promise.all([invoke('second', 200), invoke('third', 200)]);
    expect(warm).toEqual({ folder: first.folder, there: ['first'] });
    expect(another.there).toEqual([]);
    // Out of time: nothing removes what it wrote but its end.
    await invoke('fourth', 10_000);
    await provider.close();
    expect([first.folder, another.folder].filter((folder) => existsSync(folder))).toEqual([]);
  });
});

describe('a failure', () => {
  test.each<[string, string, object]>([
    [
      'an error thrown',
      `class InvalidDataset extends Error { name = 'InvalidDataset'; } exports.handler = async () => { throw new InvalidDataset('row 7'); };`,
      {
        errorType: 'InvalidDataset',
        errorMessage: 'row 7',
        trace: expect.arrayContaining(['InvalidDataset: row 7']) as unknown,
      },
    ],
    [
      'something else thrown',
      `exports.handler = async () => { throw 'text'; };`,
      { errorType: 'string', errorMessage: 'text' },
    ],
    [
      'a result that is no JSON',
      `exports.handler = async () => ({ n: 1n });`,
      { errorType: 'TypeError', errorMessage: expect.stringContaining('BigInt') as unknown },
    ],
    [
      'process.exit',
      `exports.handler = async () => { process.exit(3); };`,
      { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: exit status 3' },
    ],
    [
      'an endless loop',
      `exports.handler = async () => { for (;;); };`,
      {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(
          /^RequestId: [\da-f-]{36} Error: Task timed out after 1.00 seconds$/,
        ) as unknown,
      },
    ],
    [
      'a promise that never settles',
      `exports.handler = () => new Promise(() => {});`,
      { errorType: 'Sandbox.Timedout' },
    ],
    [
      'a rejection nobody handles',
      `exports.handler = () => new Promise(() => { Promise.reject(new TypeError('lost')); });`,
      { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'TypeError: lost' },
    ],
    [
      'an exception in a callback',
      `exports.handler = () => new Promise(() => setTimeout(() => { throw new RangeError('later'); }, 1));`,
      { errorType: 'RangeError', errorMessage: 'later' },
    ],
    [
      'memory used up',
      `exports.handler = async () => { const all = []; for (;;) all.push(new Array(1e5).fill(all.length)); };`,
      { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('memory') as unknown },
    ],
    [
      'no handler',
      `exports.other = 1;`,
      { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.handler is undefined or not exported' },
    ],
    ['a missing module', `require('./nowhere');`, { errorType: 'Runtime.ImportModuleError' }],
    ['an error while loading', `throw new Error('at start');`, { errorType: 'Error', errorMessage: 'at start' }],
  ])('%s is an answer, and the next event gets a fresh worker', async (_what, source, payload) => {
    // To use up its memory takes a busy machine more than the second that is enough for what never ends.
    const Timeout = JSON.stringify(payload).includes('Sandbox.Timedout') ? 1 : 60;
    await register('bad', source, { Timeout, MemorySize: 64 });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(await provider.invoke('bad', {})).toEqual({
        functionError: 'Unhandled',
        payload: expect.objectContaining(payload) as unknown,
      });
    }
  });

  test('a crash does not take the other workers along', async () => {
    await register('mixed', `exports.handler = async ({ die }) => { if (die) process.exit(1); return 'fine'; };`);
    const outcomes = await Promise.all([false, true, false].map((die) => provider.invoke('mixed', { die })));
    expect(outcomes.map(({ functionError }) => functionError)).toEqual([undefined, 'Unhandled', undefined]);
  });

  test('an abort ends the code at once', async () => {
    await register('slow', `exports.handler = () => new Promise(() => {});`, { Timeout: 30 });
    const abort = new AbortController();
    setTimeout(() => {
      abort.abort();
    }, 200);
    await expect(provider.invoke('slow', {}, abort.signal)).rejects.toThrow('This operation was aborted');
    await expect(provider.invoke('slow', {}, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });
});

test('log lines are never lost: not before exit, not before an endless loop', async () => {
  const lines = Array.from({ length: 50 }, (_, i) => `line ${i}\n`).join('');
  const print = `for (let i = 0; i < 50; i++) (i % 2 ? console.error : console.log)('line ' + i);`;
  await register('exits', `exports.handler = async () => { ${print} process.exit(0); };`);
  await register('loops', `exports.handler = async () => { ${print} for (;;); };`);
  await provider.invoke('exits', {});
  expect(logged).toBe(lines);
  await provider.invoke('loops', {});
  expect(logged).toBe(lines + lines);
  expect(await readFile(join(root, 'logs', 'loops.log'), 'utf8')).toBe(lines);
});

describe('the resource', () => {
  test('has the function name as its physical id, and an update changes the code in place', async () => {
    const resource = await register(
      'fn',
      `exports.handler = async () => new Promise((r) => setTimeout(() => r('old'), 300));`,
    );
    const inFlight = provider.invoke('fn', {});
    await mkdir(join(root, 'new'));
    await writeFile(join(root, 'new', 'index.js'), `exports.handler = async () => 'new';`);
    const current = { physicalId: 'fn', attributes: {} };
    const properties = { ...resource.properties, Code: { S3Bucket: 'assets', S3Key: 'new' } };
    expect(await provider.update({ ...resource, properties }, current)).toEqual({
      physicalId: 'fn',
      attributes: { Arn: 'arn:aws:lambda:us-east-1:000000000000:function:fn' },
    });
    expect((await provider.invoke('fn', {})).payload).toBe('new');
    expect((await inFlight).payload).toBe('old');
  });

  test('is replaced under a new name, gets a name when it has none, resumes and is deleted', async () => {
    const resource = await register('first', `exports.handler = async () => 1;`);
    const current = { physicalId: 'first', attributes: {} };
    const renamed = { ...resource, properties: { ...resource.properties, FunctionName: 'second' } };
    expect((await provider.update(renamed, current)).physicalId).toBe('second');
    const unnamed = { ...resource, properties: { ...resource.properties, FunctionName: undefined } };
    expect((await provider.create(unnamed)).physicalId).toMatch(/^stack-Fn-[\da-f]{12}$/);
    await provider.delete(resource, current);
    await expect(provider.invoke('first', {})).rejects.toThrow('Function not found: first');
    await provider.resume(resource, current);
    expect((await provider.invoke('first', {})).payload).toBe(1);
    await expect(provider.create(resource)).rejects.toThrow('first already exists');
  });

  test('refuses what cannot run here', async () => {
    await expect(register('py', '', { Runtime: 'python3.12' })).rejects.toThrow(
      'the local AWS::Lambda::Function cannot take its Runtime',
    );
    await expect(register('inline', '', { Code: { ZipFile: 'x' } })).rejects.toThrow('its Code.S3Bucket');
  });
});

test('a zip in the object store is unpacked once', async () => {
  const store = new ObjectStore(join(root, 'store'));
  await store.createBucket('assets');
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(`exports.handler = async () => require('./part/b').b;`), 'index.js');
  zip.addBuffer(Buffer.from(`exports.b = 42;`), 'part/b.js');
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(join(root, 'a.zip')));
  await store.put('assets', 'a.zip', await readFile(join(root, 'a.zip')));
  const resolve = assetsFromStore(store, join(root, 'unpacked'));

  const [directory, again] = await Promise.all([resolve('assets', 'a.zip'), resolve('assets', 'a.zip')]);

  expect(again).toBe(directory);
  expect(await readFile(join(directory, 'part', 'b.js'), 'utf8')).toBe('exports.b = 42;');
  await expect(resolve('assets', 'missing.zip')).rejects.toThrow('the bucket assets has no object missing.zip');
});

describe('the task lambda:invoke', () => {
  test('answers Payload, StatusCode and ExecutedVersion', async () => {
    await register('task', `exports.handler = async (event) => ({ got: event });`);
    expect(await lambdaInvokeTask(provider)({ FunctionName: 'task', Payload: { a: 1 } }, neverAborted)).toEqual({
      ExecutedVersion: '$LATEST',
      Payload: { got: { a: 1 } },
      StatusCode: 200,
    });
  });

  test('throws a function error under its type, with the payload in Cause', async () => {
    await register(
      'task',
      `exports.handler = async () => { throw Object.assign(new Error('no'), { name: 'StackBusy' }); };`,
    );
    const failure = await lambdaInvokeTask(provider)({ FunctionName: 'task' }, neverAborted).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ error: 'StackBusy' });
    expect(JSON.parse((failure as { cause: string }).cause)).toMatchObject({
      errorType: 'StackBusy',
      errorMessage: 'no',
    });
  });

  test.each([
    [{ FunctionName: 'nowhere', Payload: {} }, 'Lambda.ResourceNotFoundException'],
    [{ FunctionName: 'nowhere', InvocationType: 'Event' }, 'States.Runtime'],
    [{}, 'States.Runtime'],
  ])('%j fails with %s', async (parameters, error) => {
    await expect(lambdaInvokeTask(provider)(parameters, neverAborted)).rejects.toMatchObject({ error });
  });
});

test('an idle function keeps no process alive', async () => {
  await register('idle', `exports.handler = async () => 'answered'; setInterval(() => {}, 1000);`);
  const script = `
    const { LambdaFunction } = require(${JSON.stringify(join(__dirname, '../../../../local/aws/lambda/lambda-function.ts'))});
    const definition = { name: 'idle', arn: '', directory: ${JSON.stringify(join(root, 'idle'))}, handler: 'index.handler',
      environment: {}, timeoutSeconds: 3, memoryMegabytes: 128 };
    new LambdaFunction(definition, () => {}).invoke({}).then(({ payload }) => console.log(payload));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', script], {
    timeout: 20_000,
  });
  expect(stdout).toBe('answered\n');
});
