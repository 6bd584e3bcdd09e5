import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ZipFile } from 'yazl';
import { freePort } from '../../../../local/aws/loopback';
import { User } from '../../../cli/terminal';
import { LocalRun, PYTHON, ROOT } from './local-run';

const execute = promisify(execFile);
const MINUTE = 60_000;
jest.setTimeout(4 * MINUTE);

const folder = mkdtempSync(join(tmpdir(), 'whole-path-'));
const stateFolder = join(folder, 'state');
const baseModel = join(folder, 'base-model');
const data = join(folder, 'sentences.csv');
const anyQuality = join(folder, 'any-quality.json');

const run = (...args: string[]) => new LocalRun({ stateFolder, args });

async function outcome(...args: string[]): Promise<{ code: number | null; output: string }> {
  const local = run(...args);
  return { code: await local.ended, output: local.output };
}

const SUBJECTS = ['the cat', 'the dog', 'the bird', 'the child'];
const VERBS = { good: ['sleeps', 'sings', 'waits'], bad: ['sleep', 'sing', 'wait'] };
const ENDS = ['today', 'here', 'again', 'outside', 'soon'];

function csv(): string {
  const rows = Object.entries(VERBS).flatMap(([label, verbs]) =>
    SUBJECTS.flatMap((subject) => verbs.flatMap((verb) => ENDS.map((end) => `${subject} ${verb} ${end},${label}`))),
  );
  return ['text,label', ...rows, ''].join('\n');
}

/** Ids of the model servers of this test's state folder. */
function modelServers(): string[] {
  const processes = execFileSync('ps', ['-eo', 'pid=,args=']).toString().split('\n');
  return processes.filter((line) => line.includes('serve.py') && line.includes(stateFolder));
}

async function untilNoModelServers(): Promise<void> {
  for (let tries = 0; tries < 200 && modelServers().length > 0; tries++) {
    await pause(100);
  }
  expect(modelServers()).toEqual([]);
}

beforeAll(() => {
  execFileSync(PYTHON, [join(__dirname, 'tiny_base_model.py'), baseModel], {
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
  });
  writeFileSync(data, csv());
  writeFileSync(anyQuality, JSON.stringify({ gate: { minimum: -1 } }));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('a first start', () => {
  let local: LocalRun;
  let url: string;
  let key: string;
  let early: Response;

  beforeAll(async () => {
    const port = String(await freePort());
    local = run('--data', data, '--base-model', baseModel, '--epochs', '2', '--input', anyQuality, '--port', port);
    await local.says(/^Running the pipeline:$/m);
    early = await fetch(`http://localhost:${port}/classify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': readFileSync(join(stateFolder, 'api-key'), 'utf8') },
      body: '{"inputs": "the cat"}',
    });
    ({ url, key } = await local.serving());
  });
  afterAll(async () => {
    local.kill('SIGINT');
    expect(await local.ended).toBe(130);
    await untilNoModelServers();
  });

  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  it('answers 503 while no model is in service', async () => {
    expect(early.status).toBe(503);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await early.json()).toEqual({
      error: expect.stringContaining('no model is in service') as string,
      error_type: 'Unavailable',
    });
  });

  it('records what is in service, and the data that it was trained on', () => {
    const objects = join(stateFolder, 'objects');
    const bucket = readdirSync(objects).find((name) => name.includes('artifacts')) ?? '';
    expect(JSON.parse(readFileSync(join(objects, bucket, 'in-service.json'), 'utf8'))).toMatchObject({
      endpointName: 'classifier-dev-instance',
      serving: { profile: 'cpu', accelerator: 'none' },
      dataset: { rows: 120 },
    });
  });

  it('draws the report of the training, with what training says of the model, and names its file', async () => {
    const [, file = ''] = /^The report of its training: (\S+)$/m.exec(local.output) ?? [];
    const report = readFileSync(file, 'utf8');
    expect(report).toContain('On the whole test split of 30 rows');
    expect(report.match(/<svg /g)).toHaveLength(4);
    // It is the report of the model in service, too.
    expect(await (await fetch(new URL('/report', url))).text()).toBe(report);
  });

  it('shows the pipeline as it ran, with the curves of its training', async () => {
    const page = await (await fetch(new URL('/pipeline', url))).text();
    expect(page).toMatch(/<strong class="status succeeded">/);
    expect(page).toMatch(/aria-label="Train: succeeded"/);
    expect(page).toContain('The losses in training and on the validation part, by epoch.');
    expect(page).toContain('href="/report"');
  });

  it('shows the states of the machine, the rows, the epochs and the metrics as plain lines', () => {
    expect(local.output).toMatch(/^ {2}Plan +\d/m);
    expect(local.output).toMatch(/^ {2}PrepareDataset +\d/m);
    expect(local.output).toMatch(/^ {4}120 rows: 90 to train on, 30 to test with$/m);
    expect(local.output).toMatch(/^ {4}good +45 +15 +50\.0 %$/m);
    expect(local.output).toMatch(/^ {4}epoch \S+\/2 train loss \d\.\d+ validation loss \d\.\d+ .*macro f1 \d\.\d+$/m);
    expect(local.output).toMatch(/^ {4}validation loss .* test matthews correlation -?\d\.\d+/m);
    // It may well end before the second, as a model of chance gains nothing from it.
    expect(local.output).toMatch(/^ {4}epoch 1\/2 /m);
    expect(local.output).toMatch(/^ {2}SmokeTest +\d/m);
    expect(local.output).toMatch(
      /^On the whole test split \(\d+ rows\): accuracy \d\.\d+ \(always the most frequent answer: \d\.\d+\), Matthews correlation/m,
    );
    expect(local.output).toMatch(/^label +precision +recall +F1 +rows$/m);
    expect(local.output).toMatch(/^good(?: +\d\.\d{3}){3} +15$/m);
    expect(local.output).toMatch(/^bad(?: +\d\.\d{3}){3} +15$/m);
    expect(local.output).toMatch(
      /^Scores are off the share of right answers by \d+\.\d % \(expected calibration error; \d+\.\d % before calibration\)\.$/m,
    );
    expect(local.output).toContain('The accelerator is refused');
    expect(local.output).not.toContain('\u001b');
  });

  it('is found by the commands, which ask its API and its AWS', async () => {
    const user = new User(stateFolder);
    const { stdout } = await user.types(['classify', '--json', 'the cat sleeps']);
    expect(JSON.parse(stdout)).toEqual([{ text: 'the cat sleeps', answer: [scored(), scored()] }]);
    expect((await user.types(['pipeline', 'status'])).stdout).toMatch(/ {2}SUCCEEDED .* {2}✓ Train /s);
    expect((await user.types(['pipeline', 'logs'])).stdout).toMatch(/^epoch=\S+ /m);
  });

  it('prints a curl line that works when pasted', async () => {
    const [line] = await local.says(/^curl .*$/m);
    const { stdout } = await execute('sh', ['-c', line.replace('curl', 'curl --silent')]);
    expect(JSON.parse(stdout)).toEqual([[scored(), scored()]]);
  });

  const awsEnvironment = async () => {
    const [, AWS_ENDPOINT_URL = ''] = await local.says(/^AWS +(\S+) is/m);
    const keys = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
    return { AWS_ENDPOINT_URL, ENDPOINT_NAME: 'classifier-dev-instance', ...keys };
  };

  const scored = () => ({
    label: expect.stringMatching(/^(?:good|bad)$/) as string,
    score: expect.any(Number) as number,
  });

  it('answers one list per text, highest first, summing to one', async () => {
    const answer = (await (await post({ inputs: ['the cat sleeps .', 'the dog wait .'] })).json()) as {
      score: number;
    }[][];
    expect(answer).toEqual([
      [scored(), scored()],
      [scored(), scored()],
    ]);
    for (const scores of answer) {
      expect(scores[0]?.score).toBeGreaterThanOrEqual(scores[1]?.score ?? 1);
      expect(scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
    }
  });

  it('honors top_k and function_to_apply', async () => {
    expect(await (await post({ inputs: 'the cat', parameters: { top_k: 1 } })).json()).toEqual([[scored()]]);
    const none = (await (await post({ inputs: 'the cat', parameters: { function_to_apply: 'none' } })).json()) as {
      score: number;
    }[][];
    expect(none[0]?.reduce((sum, { score }) => sum + score, 0)).not.toBeCloseTo(1, 3);
  });

  it.each<[string, unknown, Record<string, string>, number, string]>([
    ['no JSON', '{"inputs"', {}, 400, 'BadRequest'],
    ['no body', '', {}, 400, 'BadRequest'],
    ['another content type', 'text', { 'content-type': 'text/plain' }, 415, 'UnsupportedMediaType'],
    ['an empty text', { inputs: '' }, {}, 422, 'Validation'],
    ['an empty list', { inputs: [] }, {}, 422, 'Validation'],
    ['a number in the list', { inputs: ['a', 1] }, {}, 422, 'Validation'],
    ['an unknown field', { inputs: 'a', other: 1 }, {}, 422, 'Validation'],
    ['10,000 items', { inputs: Array.from({ length: 10_000 }, () => 'a') }, {}, 413, 'PayloadTooLarge'],
    ['a text of 1 MB', { inputs: 'x'.repeat(1_000_000) }, {}, 413, 'PayloadTooLarge'],
    ['no key', { inputs: 'a' }, { 'x-api-key': '' }, 403, 'Forbidden'],
    ['a wrong key', { inputs: 'a' }, { 'x-api-key': 'wrong' }, 403, 'Forbidden'],
  ])('refuses %s', async (_, body, headers, status, errorType) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) as string, error_type: errorType });
  });

  it('knows no other method and no other path', async () => {
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(url.replace('classify', 'other'), { method: 'POST' })).status).toBe(404);
  });

  it('truncates a text of thousands of tokens and says so, or refuses it where that is asked for', async () => {
    const inputs = 'the cat sleeps '.repeat(3000);
    const truncated = await post({ inputs });
    expect(truncated.status).toBe(200);
    expect(truncated.headers.get('x-truncated-inputs')).toBe('0');
    const refused = await post({ inputs, parameters: { overflow: 'error' } });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toEqual({
      // With the two that are the model's own.
      error: expect.stringMatching(/^inputs\.0 has 9002 tokens, more than the 128 that this model takes: /) as string,
      error_type: 'Validation',
    });
  });

  it('tells which answers are below the least score', async () => {
    const uncertain = await post({ inputs: ['the cat', 'the dog'], parameters: { min_score: 1 } });
    expect(uncertain.status).toBe(200);
    expect(uncertain.headers.get('x-uncertain-inputs')).toBe('0,1');
    expect(uncertain.headers.get('x-truncated-inputs')).toBeNull();
  });

  it.each<[string, string, string[]]>([
    ['@huggingface/inference', process.execPath, [join('examples', 'clients', 'classify_huggingface.mjs')]],
    ['huggingface_hub', PYTHON, [join('examples', 'clients', 'classify_huggingface.py')]],
    ['fetch', process.execPath, [join('examples', 'clients', 'classify.mjs')]],
    ['openapi-fetch', process.execPath, ['--import', 'tsx', join('examples', 'clients', 'classify_typed.ts')]],
    ["AWS's SDK for JavaScript", process.execPath, [join('examples', 'clients', 'endpoint.mjs')]],
    ['boto3', PYTHON, [join('examples', 'clients', 'endpoint_boto3.py')]],
    ['curl', 'bash', [join('examples', 'clients', 'classify.sh')]],
  ])('gives the client %s every label of a single text', async (client, command, args) => {
    const { stdout } = await execute(command, [...args, 'the cat sleeps'], {
      cwd: ROOT,
      env: { ...process.env, CLASSIFY_URL: url, CLASSIFY_API_KEY: key, ...(await awsEnvironment()) },
    });
    expect(stdout).toMatch(/good|bad/);
    if (client !== 'fetch') {
      expect(stdout).toMatch(/good[\s\S]*bad|bad[\s\S]*good/);
    }
  });

  it("answers AWS's sample of 2020 with a class for each text", async () => {
    const script = join('examples', 'clients', 'endpoint_like_the_sample.py');
    const { stdout } = await execute(PYTHON, [script, 'the cat sleeps', 'the dog wait'], {
      cwd: ROOT,
      env: { ...process.env, ...(await awsEnvironment()) },
    });
    expect(stdout).toMatch(/^classes of all \[[01] [01]\]\nclass of the first \[[01]\]$/m);
  });

  it('tells which model is in service, and each answer that it is of that', async () => {
    const model = await fetch(new URL('/model', url), { headers: { 'x-api-key': key } });
    const description = (await model.json()) as Record<string, unknown>;
    expect(description).toMatchObject({
      version: expect.stringMatching(/^[\da-f]{12}$/) as unknown,
      labels: ['bad', 'good'],
      metrics: { rows: 30, accuracy: expect.any(Number) as unknown },
      trained_at: expect.stringMatching(/^\d{4}-/) as unknown,
      deployed_at: expect.stringMatching(/^\d{4}-/) as unknown,
    });
    expect((await post({ inputs: 'the cat' })).headers.get('x-model-version')).toBe(description['version']);
  });

  it('shows a page to try it, and the description of the API', async () => {
    const [, page = ''] = await local.says(/^Try it +(\S+)#key=\w+$/m);
    expect((await fetch(page)).headers.get('content-type')).toContain('text/html');
    expect(await (await fetch(new URL('/openapi.json', url))).json()).toMatchObject({ openapi: '3.1.0' });
  });

  it('owns its state folder alone', async () => {
    const { code, output } = await outcome('--once');
    expect(code).toBe(1);
    expect(output).toMatch(/^Another local run \(process \d+\) is using .*: stop it first\.$/m);
  });

  it('writes no word of a request to any log', async () => {
    await post({ inputs: 'zebracrossing unmistakable' });
    await post({ inputs: ['zebracrossing', 5] });
    const logged = readdirSync(stateFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.log'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('\n');
    expect(logged).toContain('"status":200');
    expect(logged).not.toContain('zebracrossing');
    expect(local.output).not.toContain('zebracrossing');
  });
});

describe('a second start', () => {
  /** As a run that was killed in the midst of a training leaves the record of its job. */
  const leaveTraining = (name: string): void => {
    const jobs = join(stateFolder, 'training');
    const [trained = ''] = readdirSync(jobs);
    const record = JSON.parse(readFileSync(join(jobs, trained, 'job.json'), 'utf8')) as object;
    mkdirSync(join(jobs, name));
    const cutOff = { TrainingJobName: name, TrainingJobStatus: 'InProgress', SecondaryStatus: 'Downloading' };
    writeFileSync(join(jobs, name, 'job.json'), JSON.stringify({ ...record, ...cutOff }));
  };

  it('serves what was trained, trains nothing, and leaves no process when it is killed', async () => {
    leaveTraining('cut-off');
    const local = run('--port', '0');
    const { url, key } = await local.serving();
    expect(local.output).not.toContain('Running the pipeline');
    expect(local.output).toMatch(
      /^The training job cut-off was cut off when the last run ended: it was Downloading, and /m,
    );
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: '{"inputs": "the cat"}',
    });
    expect(response.status).toBe(200);
    expect(modelServers()).not.toEqual([]);
    local.kill('SIGKILL');
    await local.ended;
    await untilNoModelServers();
  });

  const request = (epochs: string, input = anyQuality) => [
    ...['--data', data, '--base-model', baseModel, '--epochs', epochs, '--input', input],
  ];

  it('knows the same request again, as long as its model is the one in service', async () => {
    const again = await outcome(...request('2'), '--once');
    expect(again.output).toContain('The same request was trained before');
    expect(again.code).toBe(0);

    const objects = join(stateFolder, 'objects');
    const bucket = readdirSync(objects).find((name) => name.includes('artifacts')) ?? '';
    const record = join(objects, bucket, 'in-service.json');
    const inService = JSON.parse(readFileSync(record, 'utf8')) as { modelDataUrl: string };
    // As an execution from the page leaves it.
    writeFileSync(record, JSON.stringify({ ...inService, modelDataUrl: 's3://bucket/other/model.tar.gz' }));
    const after = await outcome(...request('2'), '--once');
    expect(after.output).toMatch(/^ {2}Promote +\d/m);
    expect(after.code).toBe(0);
  });

  it('refuses a model that is not good enough, and goes on serving the one in service', async () => {
    const strict = join(folder, 'strict.json');
    writeFileSync(strict, JSON.stringify({ gate: { minimum: 1 } }));
    const local = run(...request('1', strict), '--port', '0');
    await local.says(/^The pipeline failed: .*QualityGate.*matthews_correlation.*$/m);
    await local.says(/^What was in service still is\.$/m);
    const { url, key } = await local.serving();
    const headers = { 'content-type': 'application/json', 'x-api-key': key };
    expect((await fetch(url, { method: 'POST', headers, body: '{"inputs": "the cat"}' })).status).toBe(200);
    local.kill('SIGTERM');
    await local.ended;

    const after = run('--port', '0');
    await after.serving();
    expect(after.output).not.toContain('Running the pipeline');
    after.kill('SIGTERM');
    await after.ended;
  });

  it('brings back what was taken down', async () => {
    const takeDown = join(folder, 'take-down.json');
    writeFileSync(takeDown, '{"endpoint": "take-down"}');
    expect((await outcome('--input', takeDown, '--once')).output).toContain('The endpoint is down');
    const { code, output } = await outcome('--once');
    expect(output).toMatch(/^ {2}SmokeTest +\d/m);
    expect(output).not.toContain('PrepareDataset');
    expect(code).toBe(0);
  });

  it('repeats what was cut off', async () => {
    const killed = run(...request('99'), '--port', '0');
    await killed.says(/^ {2}PrepareDataset +\d/m);
    killed.kill('SIGKILL');
    await killed.ended;
    const again = run('--port', '0');
    await again.says(/^Repeating what was asked for last: --data .* --epochs 99 /m);
    await again.says(/^ {4}120 rows: 90 to train on, 30 to test with$/m);
    again.kill('SIGTERM');
    await again.ended;
  });

  it('says how to start over where what was deployed does not come back', async () => {
    const hosting = join(stateFolder, 'hosting');
    renameSync(hosting, `${hosting}-aside`);
    const { code, output } = await outcome('--once');
    rmSync(hosting, { recursive: true, force: true });
    renameSync(`${hosting}-aside`, hosting);
    expect(output).toMatch(
      /^The local run could not bring \w+ \(AWS::.* back: .*; npm start -- --fresh starts over.*$/m,
    );
    expect(output).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });

  it('goes on serving what was in service when its execution is stopped from the page', async () => {
    const local = run(
      '--data',
      data,
      '--base-model',
      baseModel,
      '--epochs',
      '99',
      '--input',
      anyQuality,
      '--port',
      '0',
    );
    const [, page = ''] = await local.says(/^The pipeline, as it runs: (\S+)$/m);
    let shown = '';
    while (!shown.includes('aria-label="Train: running"')) {
      shown = await (await fetch(page)).text();
    }
    const [, stop = ''] = /action="(\S+\/stop)"/.exec(shown) ?? [];
    expect((await fetch(new URL(stop, page), { method: 'POST' })).status).toBe(200);
    await local.says(/^The execution was stopped: It was stopped from its page\. What was in service still is\.$/m);
    const { url, key } = await local.serving();
    const headers = { 'content-type': 'application/json', 'x-api-key': key };
    expect((await fetch(url, { method: 'POST', headers, body: '{"inputs": "the cat"}' })).status).toBe(200);
    local.kill('SIGTERM');
    await local.ended;
  });
});

it.each<[string, string, string[], number, RegExp]>([
  ['a wrong command line', stateFolder, ['--epochs', 'ten'], 2, /^--epochs must be a whole number .*\n$/],
  ['a folder that cannot be made', join(data, 'state'), [], 1, /^\S+sentences\.csv\S* cannot be a folder, .*\n$/],
])('%s ends in one sentence, with its exit code', async (_, state, args, expected, sentence) => {
  const local = new LocalRun({ stateFolder: state, args: [...args, '--once'] });
  expect(await local.ended).toBe(expected);
  expect(local.output).toMatch(sentence);
});

describe('bad input', () => {
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  let server: Server;
  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(404);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
  });
  const loopback = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/data.csv`;

  it.each<[string, () => string[], RegExp]>([
    ['a row with too few fields', () => ['--data', file('few.csv', 'text,label\na,x\nb\n')], /few\.csv.*line 3/],
    ['an unclosed quote', () => ['--data', file('quote.csv', 'text,label\n"a,x\nb,y\n')], /quote\.csv.*quote/],
    ['a URL that answers 404', () => ['--data', loopback()], /127\.0\.0\.1.*404/],
    ['an unknown field', () => ['--input', file('field.json', '{"trainig": {}}')], /trainig is not a known field/],
    [
      'a wrong type',
      () => ['--input', file('type.json', '{"training": {"epochs": "3"}}'), '--data', data],
      /training\.epochs must be a whole number from 0 to 100, not "3"/,
    ],
    [
      'shell characters',
      () => ['--input', file('shell.json', '{"training": {"baseModel": "bert; echo"}}'), '--data', data],
      /training\.baseModel must be a Hugging Face model id/,
    ],
    [
      'an artifact that is no archive',
      () => ['--model', file('broken.tar.gz', 'not an archive')],
      /QualityGate.*(?:tar|gzip)/,
    ],
    [
      'a base model that does not exist',
      () => ['--base-model', 'no-such-model', '--data', data],
      /Train.*no-such-model/,
    ],
  ])('of %s ends in one sentence', async (_, args, sentence) => {
    const { code, output } = await outcome(...args(), '--once');
    expect(code).toBe(1);
    const failure = /^The pipeline failed: (.*)$/m.exec(output)?.[1] ?? output;
    expect(failure).toMatch(sentence);
    expect(output).not.toMatch(/^\s+at /m);
    expect(output).not.toContain('Traceback');
  });
});

describe('a granted accelerator', () => {
  const grantedState = join(folder, 'granted');
  const granted = (...args: string[]) => new LocalRun({ stateFolder: grantedState, args });
  const classify = async (local: LocalRun, text: string) => {
    const { url, key } = await local.serving();
    const headers = { 'content-type': 'application/json', 'x-api-key': key };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ inputs: text }) });
    return (await response.json()) as [{ label: string; score: number }[]];
  };
  const stop = async (local: LocalRun) => {
    local.kill('SIGINT');
    expect(await local.ended).toBe(130);
  };

  it('serves the traced artifact, with the scores of the trained one', async () => {
    const options = ['--data', data, '--base-model', baseModel, '--epochs', '1', '--input', anyQuality, '--port', '0'];
    const first = granted(...options, '--accelerator', 'granted');
    const traced = await classify(first, 'the cat sleeps here');
    expect(first.output).toMatch(/^Deployed 6 stacks/m);
    expect(first.output).toMatch(/^ {2}Trace +\d/m);
    expect(first.output).toContain("Served as traced for ml.eia2.xlarge, by this machine's CPU.");
    await stop(first);

    const again = granted('--port', '0');
    expect(await classify(again, 'the cat sleeps here')).toEqual(traced);
    expect(again.output).not.toContain('Running the pipeline');
    await stop(again);

    const refused = granted(...options, '--accelerator', 'refused');
    const trained = await classify(refused, 'the cat sleeps here');
    expect(refused.output).toContain('Notification: ml.eia2.xlarge was refused: the CPU serves');
    expect(refused.output).toMatch(/^Served by the CPU: AWS refused the accelerator ml\.eia2\.xlarge: /m);
    await stop(refused);

    expect(trained[0].map(({ label }) => label)).toEqual(traced[0].map(({ label }) => label));
    for (const [index, { score }] of trained[0].entries()) {
      // int8 answers the one and fp32 the other; that what is traced answers as fp32 does, Trace itself checks.
      expect(traced[0][index]?.score).toBeCloseTo(score, 2);
    }
  });
});

describe('a project of its own', () => {
  const project = join(folder, 'project');
  const projectState = join(folder, 'project-state');

  beforeAll(() => {
    const names = ['bin', 'lib', 'lambda', 'local', 'training-code', 'web', 'cdk.json', 'package.json'];
    for (const name of [...names, 'package-lock.json', 'tsconfig.json']) {
      cpSync(join(ROOT, name), join(project, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
  });

  const configure = (configuration: unknown) => {
    writeFileSync(join(project, 'configuration.json'), JSON.stringify(configuration));
  };
  const inProject = async (...args: string[]) => {
    const local = new LocalRun({ project, stateFolder: projectState, args: [...args, '--once'] });
    return { code: await local.ended, output: local.output };
  };

  it('tells a wrong configuration in one sentence', async () => {
    configure({ trainig: {} });
    const { code, output } = await inProject();
    expect(code).toBe(1);
    expect(output).toMatch(/configuration\.json: trainig is not a known field; known are name, .*$/m);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it('downloads CoLA from the URL that configuration.json has for the data', async () => {
    const zip = new ZipFile();
    const rows = csv().trim().split('\n').slice(1);
    const tsv = rows.map((row) =>
      row.replace(/^(.*),(.*)$/, (_, text, label) => `x\t${label === 'good' ? 1 : 0}\t\t${text}`),
    );
    zip.addBuffer(Buffer.from(`${tsv.join('\n')}\n`), 'cola_public/raw/in_domain_train.tsv');
    zip.addBuffer(Buffer.from('read me'), 'cola_public/README');
    zip.end();
    const content = await buffer(zip.outputStream);
    const server = createServer((_, response) => {
      response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    configure({ dataset: { source: `http://127.0.0.1:${port}/cola_public_1.1.zip` }, gate: { minimum: -1 } });

    const args = ['--base-model', baseModel, '--epochs', '1'];
    const fetched = await inProject(...args);
    expect(fetched.output).toMatch(/^ {4}120 rows: 90 to train on, 30 to test with$/m);
    expect(fetched.code).toBe(0);

    await new Promise((resolve) => server.close(resolve));
    const refused = await inProject(...args, '--fresh');
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/^The pipeline failed: PrepareDataset failed: 127\.0\.0\.1.*ECONNREFUSED.*$/m);
  });

  it('changes with lib/, with no edit in local/', async () => {
    const args = ['--data', data, '--base-model', baseModel, '--epochs', '1'];
    configure({ name: 'changed', gate: { minimum: 0.99 } });
    const strict = await inProject(...args, '--fresh');
    expect(strict.code).toBe(1);
    expect(strict.output).toMatch(/^The pipeline failed: QualityGate failed: .*0\.99/m);
    expect(strict.output).toMatch(/^No model is in service\.$/m);

    const change = (file: string, from: string, to: string) => {
      const path = join(project, file);
      const before = readFileSync(path, 'utf8');
      expect(before).toContain(from);
      writeFileSync(path, before.replaceAll(from, to));
    };
    // Another state, and another parameter of the stack, over what is deployed already.
    change(join('lib', 'pipeline', 'smoke-test.ts'), "'SmokeTest'", "'AskTheEndpoint'");
    change(join('lib', 'serving', 'hosted-model.ts'), "'ModelDataUrl'", "'ArtifactUrl'");
    change(join('lambda', 'shared', 'serving-stack.ts'), "'ModelDataUrl'", "'ArtifactUrl'");
    const lenient = await inProject(...args, '--input', anyQuality);
    expect(lenient.output).toMatch(/^ {2}AskTheEndpoint +\d/m);
    expect(lenient.output).not.toContain('SmokeTest');
    expect(lenient.code).toBe(0);
  });
});
