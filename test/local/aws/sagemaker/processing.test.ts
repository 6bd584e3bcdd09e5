import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ObjectStore } from '../../../../local/aws/s3/object-store';
import { createProcessingJobSync } from '../../../../local/aws/sagemaker/create-job-sync';
import { type ProcessingJobDescription, ProcessingJobs } from '../../../../local/aws/sagemaker/processing-jobs';
import { TaskError } from '../../../../local/aws/step-functions/errors';
import { until } from './processes';

const neverAborted = { signal: new AbortController().signal };

let root: string;
let store: ObjectStore;
let jobs: ProcessingJobs;
let lines: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'processing-'));
  store = new ObjectStore(join(root, 'store'));
  await store.createBucket('data');
  for (const part of ['a', 'b', 'c']) await store.put('data', `run/parts/${part}.jsonl`, part);
  lines = [];
  jobs = new ProcessingJobs({
    store,
    python: 'python3',
    folder: join(root, 'jobs'),
    graceSeconds: 1,
    onLog: ({ host, line }) => lines.push(`${host}: ${line}`),
  });
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

/** Stores this program as the job's code, and answers a request for two hosts that runs it over the parts. */
async function request(
  name: string,
  program: string,
  changes: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  await store.put('data', `code/${name}/program.py`, program);
  const input = (InputName: string, S3Uri: string, S3DataDistributionType: string) => ({
    InputName,
    S3Input: {
      S3Uri,
      LocalPath: `/opt/ml/processing/input/${InputName}`,
      S3DataType: 'S3Prefix',
      S3InputMode: 'File',
      S3DataDistributionType,
    },
  });
  const output = (OutputName: string, S3UploadMode: string) => ({
    OutputName,
    S3Output: { S3Uri: `s3://data/${name}/${OutputName}`, LocalPath: `/opt/ml/processing/${OutputName}`, S3UploadMode },
  });
  return {
    ProcessingJobName: name,
    RoleArn: 'arn:aws:iam::000000000000:role/processing',
    AppSpecification: {
      ImageUri: 'image',
      ContainerEntrypoint: ['python3', '/opt/ml/processing/input/code/program.py'],
      ContainerArguments: ['--parts', '/opt/ml/processing/input/parts', '--config=/opt/ml/config', 'not/opt/ml'],
    },
    ProcessingInputs: [
      input('code', `s3://data/code/${name}/program.py`, 'FullyReplicated'),
      input('parts', 's3://data/run/parts/', 'ShardedByS3Key'),
    ],
    ProcessingOutputConfig: { Outputs: [output('steady', 'Continuous'), output('last', 'EndOfJob')] },
    ProcessingResources: { ClusterConfig: { InstanceType: 'ml.c7i.xlarge', InstanceCount: 2, VolumeSizeInGB: 30 } },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    Environment: { STEADY: '/opt/ml/processing/steady', LAST: '/opt/ml/processing/last', SAID: 'as it is' },
    ...changes,
  };
}

async function contentOf(prefix: string): Promise<Record<string, string>> {
  const objects = await store.list('data', prefix);
  const entries = objects.map(async ({ key }) => [key.slice(prefix.length), String(await store.read('data', key))]);
  return Object.fromEntries((await Promise.all(entries)) as [string, string][]);
}

async function failure(running: Promise<unknown>): Promise<{ error: string; job: ProcessingJobDescription }> {
  const caught: unknown = await running.catch((error: unknown) => error);
  if (!(caught instanceof TaskError)) throw new Error('the job did not fail', { cause: caught });
  return { error: caught.error, job: JSON.parse(caught.cause) as ProcessingJobDescription };
}

const PROGRAM = `
import json, os, pathlib, sys
parts, config = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3].removeprefix("--config="))
resources = json.loads((config / "resourceconfig.json").read_text())
job = json.loads((config / "processingjobconfig.json").read_text())
print(resources["hosts"], job["ProcessingJobName"], job["ProcessingJobArn"], sys.argv[4], os.environ["SAID"])
for part in parts.iterdir():
    pathlib.Path(os.environ["STEADY"], part.name).write_text(resources["current_host"] + " " + part.read_text())
pathlib.Path(os.environ["LAST"], resources["current_host"]).write_text("done")
(config.parent / "output" / "message").write_text("é" * 300)`;

test('each host gets its share of the parts, and what it leaves goes to S3', async () => {
  const job = await createProcessingJobSync(jobs)(await request('whole', PROGRAM), neverAborted);
  const arn = 'arn:aws:sagemaker:us-east-1:000000000000:processing-job/whole';
  expect(job).toMatchObject({ ProcessingJobArn: arn, ProcessingJobStatus: 'Completed' });
  // The first 1 KB of what both said.
  expect(job.ExitMessage).toBe('é'.repeat(512));
  expect(job.FailureReason).toBeUndefined();
  expect(lines.sort()).toEqual(
    ['algo-1', 'algo-2'].map((host) => `${host}: ['algo-1', 'algo-2'] whole ${arn} not/opt/ml as it is`),
  );
  expect(await contentOf('whole/steady/')).toEqual({
    'a.jsonl': 'algo-1 a',
    'b.jsonl': 'algo-2 b',
    'c.jsonl': 'algo-1 c',
  });
  expect(await contentOf('whole/last/')).toEqual({ 'algo-1': 'done', 'algo-2': 'done' });
  expect(await jobs.describe('whole')).toEqual(job);
  expect((await readdir(join(root, 'jobs', 'whole'))).sort()).toEqual(['algo-1.log', 'algo-2.log']);
});

test('one host that fails is the end of the job, and of what is uploaded at its end', async () => {
  const program = `${PROGRAM}
if resources["current_host"] == "algo-1": sys.exit(3)
import time
time.sleep(600)`;
  const { error, job } = await failure(createProcessingJobSync(jobs)(await request('bad', program), neverAborted));
  expect(error).toBe('States.TaskFailed');
  expect(job).toMatchObject({
    ProcessingJobStatus: 'Failed',
    FailureReason: 'AlgorithmError: See job logs for more information, exit code: 3',
  });
  expect(await contentOf('bad/steady/')).toMatchObject({ 'a.jsonl': 'algo-1 a' });
  expect(await contentOf('bad/last/')).toEqual({});
});

describe('a job that is stopped', () => {
  const program = `${PROGRAM}
import signal, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("waits", flush=True)
time.sleep(600)`;

  test('has what it left until then', async () => {
    const running = failure(createProcessingJobSync(jobs)(await request('stopped', program), neverAborted));
    await until(() => lines.filter((line) => line.endsWith('waits')).length === 2);
    await jobs.stop('stopped');
    expect((await jobs.describe('stopped')).ProcessingJobStatus).toBe('Stopping');
    const { job } = await running;
    expect(job.ProcessingJobStatus).toBe('Stopped');
    expect(Object.keys(await contentOf('stopped/steady/'))).toHaveLength(3);
    expect(await contentOf('stopped/last/')).toEqual({});
    await expect(jobs.stop('stopped')).rejects.toThrow('the processing job is in status Stopped');
    await expect(jobs.stop('unknown')).rejects.toThrow('Could not find processing job');
  });

  test('may be one that took too long, or whose execution has ended', async () => {
    const short = await request('short', program, { StoppingCondition: { MaxRuntimeInSeconds: 1 } });
    expect((await failure(createProcessingJobSync(jobs)(short, neverAborted))).job.ProcessingJobStatus).toBe('Stopped');
    const abort = { signal: AbortSignal.abort() };
    const never = failure(createProcessingJobSync(jobs)(await request('never', program), abort));
    expect((await never).job.ProcessingJobStatus).toBe('Stopped');
  });

  test('is Failed at the next start, if its process was killed', async () => {
    const running = failure(createProcessingJobSync(jobs)(await request('cut', program), neverAborted));
    await until(() => lines.length > 1);
    await cp(join(root, 'jobs'), join(root, 'left'), { recursive: true });
    await jobs.close();
    await running;
    const later = new ProcessingJobs({ store, python: 'python3', folder: join(root, 'left') });
    await later.failInterrupted();
    expect(await later.describe('cut')).toMatchObject({
      ProcessingJobStatus: 'Failed',
      FailureReason: 'InternalServerError: The process that ran the processing job ended before the job did.',
    });
  });
});

test('a manifest names the objects of an input, and the order in which they are dealt', async () => {
  await store.put('data', 'manifest.json', '[{"prefix": "s3://data/run/"}, "parts/c.jsonl", "parts/a.jsonl"]');
  const manifest = (given: Record<string, unknown>) => {
    const [code, parts] = given['ProcessingInputs'] as { S3Input: object }[];
    const S3Input = { ...parts?.S3Input, S3Uri: 's3://data/manifest.json', S3DataType: 'ManifestFile' };
    return { ...given, ProcessingInputs: [code, { InputName: 'parts', S3Input }] };
  };
  const program = `
import os, pathlib, sys
for part in pathlib.Path(sys.argv[2]).rglob("*"):
    if part.is_file():
        pathlib.Path(os.environ["STEADY"], part.name).write_text(pathlib.Path.cwd().name + " " + str(part.parent.name))`;
  const run = async (name: string) =>
    createProcessingJobSync(jobs)(manifest(await request(name, program)), neverAborted);
  await run('some');
  expect(await contentOf('some/steady/')).toEqual({ 'a.jsonl': 'algo-2 parts', 'c.jsonl': 'algo-1 parts' });

  await store.put('data', 'manifest.json', '[{"prefix": "s3://data/run/"}, "parts/9"]');
  await expect(run('none')).rejects.toMatchObject({
    cause: expect.stringContaining('No S3 objects found under S3 URL "s3://data/run/parts/9"') as string,
  });
  await store.put('data', 'manifest.json', '["parts/9"]');
  await expect(run('no-manifest')).rejects.toMatchObject({
    cause: expect.stringContaining('s3://data/manifest.json is no manifest') as string,
  });
});

describe('a request that SageMaker refuses', () => {
  const s3Input = { S3Uri: 's3://data/run/parts/', LocalPath: '/opt/ml/processing/x', S3DataType: 'S3Prefix' };
  test.each<[string, Record<string, unknown>, string]>([
    ['a name with an underscore', { ProcessingJobName: 'a_b' }, `Value "a_b" at 'ProcessingJobName'`],
    ['no resources', { ProcessingResources: undefined }, `Value null at 'ProcessingResources'`],
    [
      'more hosts than there may be',
      {
        ProcessingResources: { ClusterConfig: { InstanceType: 'ml.c7i.large', InstanceCount: 101, VolumeSizeInGB: 1 } },
      },
      `Value 101 at 'ProcessingResources.ClusterConfig.InstanceCount'`,
    ],
    [
      'a volume larger than the storage of the instance',
      {
        ProcessingResources: { ClusterConfig: { InstanceType: 'ml.r5d.large', InstanceCount: 1, VolumeSizeInGB: 76 } },
      },
      'more than the 75 GB of local storage that an ml.r5d.large has',
    ],
    ['more than nine days', { StoppingCondition: { MaxRuntimeInSeconds: 777_601 } }, 'MaxRuntimeInSeconds'],
    ['a long value of a variable', { Environment: { A: 'a'.repeat(257) } }, `at 'Environment.A'`],
    [
      'a folder elsewhere',
      { ProcessingInputs: [{ InputName: 'x', S3Input: { ...s3Input, LocalPath: '/opt/ml/model' } }] },
      `Value "/opt/ml/model" at 'ProcessingInputs.0.S3Input.LocalPath'`,
    ],
    [
      'a folder that leads elsewhere',
      { ProcessingInputs: [{ InputName: 'x', S3Input: { ...s3Input, LocalPath: '/opt/ml/processing/../../x' } }] },
      `at 'ProcessingInputs.0.S3Input.LocalPath'`,
    ],
    [
      'two inputs of one name',
      { ProcessingInputs: [1, 2].map(() => ({ InputName: 'x', S3Input: s3Input })) },
      'x is there twice',
    ],
    [
      'an input without objects',
      { ProcessingInputs: [{ InputName: 'x', S3Input: { ...s3Input, S3Uri: 's3://data/none/' } }] },
      'No S3 objects found under S3 URL "s3://data/none/"',
    ],
    [
      'an output bucket that does not exist',
      {
        ProcessingOutputConfig: {
          Outputs: [
            {
              OutputName: 'x',
              S3Output: { S3Uri: 's3://nowhere/x', LocalPath: '/opt/ml/processing/x', S3UploadMode: 'EndOfJob' },
            },
          ],
        },
      },
      'there is no bucket nowhere',
    ],
    [
      'an input that is streamed, which is not carried out',
      { ProcessingInputs: [{ InputName: 'x', S3Input: { ...s3Input, S3InputMode: 'Pipe' } }] },
      `Value "Pipe" at 'ProcessingInputs.0.S3Input.S3InputMode'`,
    ],
    [
      'a program of another language, which is not carried out',
      { AppSpecification: { ImageUri: 'image', ContainerEntrypoint: ['bash', '-c', 'true'] } },
      'ContainerEntrypoint must begin with python3; it is ["bash","-c","true"]',
    ],
    [
      "the image's own program, which is not carried out",
      { AppSpecification: { ImageUri: 'image' } },
      `Value null at 'AppSpecification.ContainerEntrypoint'`,
    ],
    ['what is not carried out', { ExperimentConfig: {} }, `at 'ExperimentConfig' failed to satisfy constraint`],
  ])('%s', async (_what, changes, message) => {
    const refused = createProcessingJobSync(jobs)(await request('x', '', changes), neverAborted);
    const error: unknown = await refused.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ error: 'SageMaker.AmazonSageMakerException' });
    expect((error as TaskError).cause).toContain(message);
    await expect(jobs.describe('x')).rejects.toThrow('Could not find processing job');
  });

  test('a name that was used before, also by a job of an earlier process', async () => {
    await jobs.run(await request('once', 'pass'));
    const later = new ProcessingJobs({ store, python: 'python3', folder: join(root, 'jobs') });
    await expect(createProcessingJobSync(later)(await request('once', 'pass'), neverAborted)).rejects.toMatchObject({
      error: 'SageMaker.ResourceInUseException',
    });
  });
});
