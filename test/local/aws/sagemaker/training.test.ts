import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ObjectStore } from '../../../../local/aws/s3/object-store';
import { TaskError } from '../../../../local/aws/step-functions/errors';
import { packArchive, unpackArchive } from '../../../../local/aws/sagemaker/model-archive';
import { createTrainingJobSync } from '../../../../local/aws/sagemaker/create-job-sync';
import { TrainingJobs } from '../../../../local/aws/sagemaker/training-jobs';
import type { TrainingJobDescription } from '../../../../local/aws/sagemaker/training-record';
import { runs, until } from './processes';

const neverAborted = { signal: new AbortController().signal };

let root: string;
let bin: string;
let python: string;
let store: ObjectStore;
let jobs: TrainingJobs;
let lines: string[];
let metrics: { name: string; value: number }[];

beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'python-'));
  python = await fakePython();
});

afterAll(async () => {
  await rm(bin, { recursive: true });
});

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'training-'));
  store = new ObjectStore(join(root, 'store'));
  await store.createBucket('data');
  await store.createBucket('artifacts');
  await store.put('data', 'run/training/train.csv', 'text,label\na,1\n');
  await store.put('data', 'run/training/more/b.csv', 'b');
  await store.put('data', 'run/training-other/c.csv', 'not of this channel');
  lines = [];
  metrics = [];
  jobs = new TrainingJobs({
    store,
    python,
    folder: join(root, 'jobs'),
    graceSeconds: 1,
    onLog: ({ host, line }) => lines.push(`${host}: ${line}`),
    onMetric: ({ name, value }) => metrics.push({ name, value }),
  });
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

/** An interpreter with a torchrun beside it that only sets the variables, runs the script in a session of its own and waits for its end, as the real one does. */
async function fakePython(): Promise<string> {
  const real = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  await symlink(real, join(bin, 'python'));
  const torchrun = `#!${join(bin, 'python')}
import os, signal, subprocess, sys
options = dict(zip(sys.argv[1:11:2], sys.argv[2:12:2]))
assert set(options) == {"--nnodes", "--nproc_per_node", "--master_addr", "--master_port", "--node_rank"}, options
environment = dict(os.environ, MASTER_ADDR=options["--master_addr"], RANK=options["--node_rank"], WORLD_SIZE=options["--nnodes"])
signal.signal(signal.SIGTERM, lambda *_: None)
sys.exit(subprocess.run([sys.executable, "-u", *sys.argv[11:]], env=environment, start_new_session=True).returncode)
`;
  await writeFile(join(bin, 'torchrun'), torchrun, { mode: 0o755 });
  return join(bin, 'python');
}

/** Stores this script as the training source, and answers a request that runs it. */
async function request(
  name: string,
  script: string,
  changes: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const source = join(root, `source-${name}`);
  await mkdir(source);
  await writeFile(join(source, 'train.py'), script);
  await packArchive(source, join(root, `${name}.tar.gz`));
  await store.put('artifacts', `source/${name}.tar.gz`, readFileSync(join(root, `${name}.tar.gz`)));
  return {
    TrainingJobName: name,
    RoleArn: 'arn:aws:iam::000000000000:role/training',
    AlgorithmSpecification: {
      TrainingImage: 'image',
      TrainingInputMode: 'File',
      MetricDefinitions: [
        { Name: 'train:loss', Regex: 'train_loss=([0-9.]+)' },
        { Name: 'test:matthews_correlation', Regex: 'test_matthews_correlation=(-?[0-9.]+)' },
      ],
    },
    HyperParameters: {
      epochs: '2',
      learning_rate: '0.00002',
      sagemaker_program: 'train.py',
      sagemaker_submit_directory: `s3://artifacts/source/${name}.tar.gz`,
      sagemaker_torch_distributed_enabled: 'true',
      sagemaker_region: 'us-east-1',
    },
    InputDataConfig: [
      {
        ChannelName: 'training',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: 's3://data/run/training/',
            S3DataDistributionType: 'FullyReplicated',
          },
        },
      },
    ],
    OutputDataConfig: { S3OutputPath: 's3://artifacts/training' },
    ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    ...changes,
  };
}

async function failure(run: Promise<unknown>): Promise<{ error: string; job: TrainingJobDescription }> {
  const error: unknown = await run.catch((caught: unknown) => caught);
  if (!(error instanceof TaskError)) throw new Error('no TaskError', { cause: error });
  return { error: error.error, job: JSON.parse(error.cause) as TrainingJobDescription };
}

const inTwoHosts = { ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 2, VolumeSizeInGB: 30 } };

const describeItself = `
import json, os, pathlib, sys
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
(model / "seen.json").write_text(json.dumps({
    "argv": sys.argv,
    "env": dict(os.environ),
    "training": sorted(str(p.relative_to(os.environ["SM_CHANNEL_TRAINING"])) for p in pathlib.Path(os.environ["SM_CHANNEL_TRAINING"]).rglob("*")),
    "config": {f.stem: json.loads(f.read_text()) for f in pathlib.Path(os.environ["SM_INPUT_CONFIG_DIR"]).glob("*.json")},
}))
pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "extra.txt").write_text("more")
print("epoch=1/2 train_loss=0.5 test_matthews_correlation=-0.25")
print("epoch=2/2 train_loss=0.25 test_matthews_correlation=0.5")
`;

interface Seen {
  argv: string[];
  env: Record<string, string>;
  training: string[];
  config: Record<string, unknown>;
}

async function unpacked(key: string): Promise<string> {
  const directory = await mkdtemp(join(root, 'unpacked-'));
  await unpackArchive(store.path('artifacts', key), directory);
  return directory;
}

test('a job gives the script what SageMaker would, and its model to the bucket', async () => {
  process.env.AWS_PROFILE = 'of the machine';
  const result = await jobs.run(await request('job-1', describeItself, { Environment: { EXTRA: 'yes' } }));
  delete process.env.AWS_PROFILE;

  expect(result).toMatchObject({
    TrainingJobName: 'job-1',
    TrainingJobStatus: 'Completed',
    SecondaryStatus: 'Completed',
    ModelArtifacts: { S3ModelArtifacts: 's3://artifacts/training/job-1/output/model.tar.gz' },
  });
  expect(result.TrainingTimeInSeconds).toBeGreaterThan(0);
  expect(result.SecondaryStatusTransitions.map(({ Status }) => Status)).toEqual([
    'Starting',
    'Downloading',
    'Training',
    'Uploading',
    'Completed',
  ]);
  expect(result.FinalMetricDataList?.map(({ MetricName, Value }) => [MetricName, Value])).toEqual([
    ['train:loss', 0.25],
    ['test:matthews_correlation', 0.5],
  ]);
  expect(metrics).toEqual([
    expect.objectContaining({ name: 'train:loss', value: 0.5 }),
    expect.objectContaining({ name: 'test:matthews_correlation', value: -0.25 }),
    expect.objectContaining({ name: 'train:loss', value: 0.25 }),
    expect.objectContaining({ name: 'test:matthews_correlation', value: 0.5 }),
  ]);
  expect(lines).toContain('algo-1: epoch=1/2 train_loss=0.5 test_matthews_correlation=-0.25');
  expect(readFileSync(join(root, 'jobs', 'job-1', 'algo-1.log'), 'utf8').split('\n')).toHaveLength(3);

  const seen = JSON.parse(
    readFileSync(join(await unpacked('training/job-1/output/model.tar.gz'), 'seen.json'), 'utf8'),
  ) as Seen;
  expect(seen.argv).toEqual(['train.py', '--epochs', '2', '--learning_rate', '2e-05']);
  expect(seen.training).toEqual(['more', 'more/b.csv', 'train.csv']);
  expect(seen.env).toMatchObject({
    SM_HOSTS: '["algo-1"]',
    SM_CURRENT_HOST: 'algo-1',
    SM_CHANNELS: '["training"]',
    SM_HPS: '{"epochs":2,"learning_rate":2e-05}',
    SM_HP_EPOCHS: '2',
    SM_USER_ENTRY_POINT: 'train.py',
    TRAINING_JOB_NAME: 'job-1',
    EXTRA: 'yes',
  });
  expect(seen.env).not.toHaveProperty('AWS_PROFILE');
  expect(seen.env).toMatchObject({ RANK: '0', WORLD_SIZE: '1' });
  expect(seen.config).toMatchObject({
    hyperparameters: { epochs: '2', sagemaker_program: 'train.py' },
    inputdataconfig: { training: { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated' } },
    resourceconfig: { current_host: 'algo-1', hosts: ['algo-1'] },
  });
  expect(readdirSync(await unpacked('training/job-1/output/output.tar.gz'))).toEqual(['extra.txt']);
  // Only the record and the log stay.
  expect(readdirSync(join(root, 'jobs', 'job-1')).sort()).toEqual(['algo-1.log', 'job.json']);
});

test('several hosts run by torchrun, each with its rank, its share of threads and a directory of its own', async () => {
  const script = `
import os, pathlib, tempfile
print(os.environ["RANK"], os.environ["WORLD_SIZE"], os.environ["SM_CURRENT_HOST"], os.environ["MASTER_ADDR"])
assert pathlib.Path(tempfile.mkdtemp()).parents[1] == pathlib.Path(os.environ["SM_MODEL_DIR"]).parent
pathlib.Path(os.environ["SM_MODEL_DIR"], os.environ["RANK"]).write_text("model")`;
  await jobs.run(await request('two', script, inTwoHosts));
  expect(lines.sort()).toEqual(['algo-1: 0 2 algo-1 127.0.0.1', 'algo-2: 1 2 algo-2 127.0.0.1']);
  expect(readdirSync(await unpacked('training/two/output/model.tar.gz'))).toEqual(['0']);
});

test('the artifact is the same for the same files, whenever they were written', async () => {
  const script = (seconds: number) => `
import os, pathlib
weights = pathlib.Path(os.environ["SM_MODEL_DIR"], "model.bin")
weights.write_bytes(b"weights")
os.utime(weights, (${seconds}, ${seconds}))`;
  await jobs.run(await request('first', script(1_000_000_000)));
  await jobs.run(await request('second', script(2_000_000_000)));
  const [first, second] = await Promise.all(
    ['first', 'second'].map((name) => store.read('artifacts', `training/${name}/output/model.tar.gz`)),
  );
  expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
});

test('checkpoints come from and go to their prefix, also when the job fails', async () => {
  await store.put('artifacts', 'checkpoints/run/state.pt', 'epoch 1');
  const script = `
import os, pathlib, sys
folder = pathlib.Path(os.environ["SM_MODEL_DIR"]).parent / "checkpoints"
print((folder / "state.pt").read_text())
(folder / "state.pt").write_text("epoch 2")
sys.exit(1)`;
  const run = jobs.run(
    await request('resumed', script, { CheckpointConfig: { S3Uri: 's3://artifacts/checkpoints/run' } }),
  );
  await expect(run).rejects.toThrow('ExitCode 1\nErrorMessage ""');
  expect(lines).toContain('algo-1: epoch 1');
  expect((await store.read('artifacts', 'checkpoints/run/state.pt')).toString()).toBe('epoch 2');
});

describe('a failed job', () => {
  test('ends as Step Functions tells it, with the reason that the script gave', async () => {
    const script = `import sys\nprint("row 7 of train.csv: no label")\nraise ValueError("row 7 has no label")`;
    const { error, job } = await failure(createTrainingJobSync(jobs)(await request('bad', script), neverAborted));
    expect(error).toBe('States.TaskFailed');
    expect(job).toMatchObject({ TrainingJobName: 'bad', TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed' });
    expect(job.FailureReason).toMatch(
      /^AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "raise ValueError\("row 7 has no label"\)\n ValueError: row 7 has no label"\n/,
    );
    expect(job.FailureReason).toMatch(
      /Command "torchrun --nnodes 1 --nproc_per_node 1 .* train.py --epochs 2 .*", exit code: 1$/,
    );
    expect(job.ModelArtifacts).toBeUndefined();
    await expect(store.head('artifacts', 'training/bad/output/model.tar.gz')).rejects.toThrow('no object');
    expect(await jobs.describe('bad')).toEqual(job);
  });

  test.each<[string, string, RegExp]>([
    [
      'no exception',
      `import sys\nprint("the data is empty", file=sys.stderr)\nsys.exit(3)`,
      /ExitCode 3\nErrorMessage ""\nCommand/,
    ],
    [
      'an exception on stdout, repeated lines and indentation',
      `import sys\nfor word in ["before", "  KeyError: 'a'  ", "  after :", "  after :"]: print(word)\nsys.exit(1)`,
      /ErrorMessage "KeyError: 'a'\n after"\nCommand/,
    ],
    ['a very long message', `raise ValueError("long " * 1000)`, /^.{1024}$/s],
    [
      'a description of its own, which no warning hides',
      `
import os, pathlib, sys
print("FutureWarning: this will be a RuntimeError", file=sys.stderr)
pathlib.Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("row 7 has no label")
sys.exit(1)`,
      /^AlgorithmError: row 7 has no label, exit code: 1$/,
    ],
    [
      'a missing model of its own making',
      `import os\nos.rmdir(os.environ["SM_MODEL_DIR"])`,
      /^InternalServerError: .*ENOENT/,
    ],
    [
      'a link in the model',
      `import os\nos.symlink("/etc/hosts", os.path.join(os.environ["SM_MODEL_DIR"], "config.json"))`,
      /^InternalServerError: config.json is neither a file nor a directory/,
    ],
  ])('%s', async (_what, script, reason) => {
    const { job } = await failure(createTrainingJobSync(jobs)(await request('bad', script), neverAborted));
    expect(job.FailureReason).toMatch(reason);
    expect(job.FailureReason?.length).toBeLessThanOrEqual(1024);
  });

  test('under no torchrun has the exit code of the script itself', async () => {
    const script = `import os, signal\nos.kill(os.getpid(), signal.SIGKILL)`;
    const { HyperParameters, ...rest } = await request('bad', script);
    const { sagemaker_torch_distributed_enabled: _, ...plain } = HyperParameters as Record<string, string>;
    const { job } = await failure(createTrainingJobSync(jobs)({ ...rest, HyperParameters: plain }, neverAborted));
    expect(job.FailureReason).toMatch(/ExitCode -9\nErrorMessage ""\nCommand "python train.py --epochs 2/);
  });

  test('on one of two hosts ends both, with the words of the host that knows why', async () => {
    const script = `
import os, pathlib, sys, time
said = pathlib.Path(${JSON.stringify(root)}, "said")
if os.environ["RANK"] == "1":
    while not said.exists(): time.sleep(0.01)
    sys.exit(1)
print("ValueError: only rank 0 says why", file=sys.stderr, flush=True)
said.touch()
time.sleep(600)`;
    const { job } = await failure(createTrainingJobSync(jobs)(await request('bad', script, inTwoHosts), neverAborted));
    expect(job.FailureReason).toContain('ErrorMessage "ValueError: only rank 0 says why"');
  });

  test('names a source that is no archive', async () => {
    const broken = await request('broken', '');
    await store.put('artifacts', 'source/broken.tar.gz', 'not a tar');
    const { job } = await failure(createTrainingJobSync(jobs)(broken, neverAborted));
    expect(job.FailureReason).toMatch(
      /^AlgorithmError: cannot unpack the source code s3:\/\/artifacts\/source\/broken.tar.gz/,
    );
  });
});

describe('a job that is cut short leaves no process', () => {
  const sleeper = `
import os, pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "600"])
print("pids", os.getpid(), os.getppid(), child.pid, flush=True)
time.sleep(600)`;
  const pids = () => lines.flatMap((line) => line.split('pids ')[1]?.split(' ').map(Number) ?? []);

  test('by the abort signal', async () => {
    const abort = new AbortController();
    const running = failure(
      createTrainingJobSync(jobs)(await request('stopped', sleeper, inTwoHosts), { signal: abort.signal }),
    );
    await until(() => pids().length === 6);
    const family = pids();
    expect(family.every(runs)).toBe(true);
    abort.abort();
    expect((await running).job).toMatchObject({ TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' });
    await until(() => !family.some(runs));
  });

  test('by MaxRuntimeInSeconds', async () => {
    const { job } = await failure(
      createTrainingJobSync(jobs)(
        await request('late', sleeper, { StoppingCondition: { MaxRuntimeInSeconds: 1 } }),
        neverAborted,
      ),
    );
    expect(job).toMatchObject({ TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded' });
    expect(job.SecondaryStatusTransitions.at(-1)?.StatusMessage).toContain('exceeded MaxRuntimeInSeconds');
    await until(() => !pids().some((pid) => pid !== process.pid && runs(pid)));
  });

  test('before it begins', async () => {
    const { job } = await failure(
      createTrainingJobSync(jobs)(await request('never', sleeper), { signal: AbortSignal.abort() }),
    );
    expect(job.TrainingJobStatus).toBe('Stopped');
  });
});

describe('a job that is stopped', () => {
  const RUN = { CheckpointConfig: { S3Uri: 's3://artifacts/checkpoints/run' } };
  const patient = () =>
    new TrainingJobs({ store, python, folder: join(root, 'jobs'), onLog: ({ line }) => lines.push(line) });
  /** Goes on from its checkpoint; when it is told to end, it takes its time to write another, and a model. */
  const saver = `
import os, pathlib, signal, sys, time
base = pathlib.Path(os.environ["SM_MODEL_DIR"]).parent
state = base / "checkpoints" / "state.pt"
done = int(state.read_text()) if state.exists() else 0
def end(number, frame):
    time.sleep(1.5)
    state.write_text(str(done + 2))
    (base / "model" / "weights").write_text("half trained")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
state.write_text(str(done + 1))
print("from", done, flush=True)
while True: time.sleep(0.1)`;
  const stored = async () => (await store.read('artifacts', 'checkpoints/run/state.pt')).toString();

  test('is Stopping, has time to save its model and checkpoint, and another job goes on from there', async () => {
    jobs = patient();
    const running = failure(createTrainingJobSync(jobs)(await request('first', saver, RUN), neverAborted));
    await until(() => lines.includes('from 0'));
    await jobs.stop('first');
    await until(async () => (await jobs.describe('first')).TrainingJobStatus === 'Stopping');
    // Again, which changes nothing.
    await jobs.stop('first');
    const { job } = await running;
    expect(job).toMatchObject({
      ...{ TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' },
      ModelArtifacts: { S3ModelArtifacts: 's3://artifacts/training/first/output/model.tar.gz' },
    });
    expect(job.SecondaryStatusTransitions.map(({ Status }) => Status)).toEqual([
      ...['Starting', 'Downloading', 'Training', 'Stopping', 'Uploading', 'Stopped'],
    ]);
    expect(await stored()).toBe('2');
    await expect(jobs.stop('first')).rejects.toThrow(
      'The request was rejected because the training job is in status Stopped.',
    );
    await expect(jobs.stop('unknown')).rejects.toThrow('Requested resource not found.');

    const second = failure(createTrainingJobSync(jobs)(await request('second', saver, RUN), neverAborted));
    await until(() => lines.includes('from 2'));
    await jobs.close();
    expect((await second).job.TrainingJobStatus).toBe('Stopped');
    expect(await stored()).toBe('4');
  });

  test('has its checkpoints in S3 while it still runs', async () => {
    const running = failure(createTrainingJobSync(jobs)(await request('first', saver, RUN), neverAborted));
    await until(async () => (await store.list('artifacts', 'checkpoints/run/')).length > 0);
    expect(await stored()).toBe('1');
    expect((await jobs.describe('first')).TrainingJobStatus).toBe('InProgress');
    // It takes longer than it has, so that what it would write is lost.
    await jobs.stop('first');
    const { job } = await running;
    expect(job.ModelArtifacts).toBeUndefined();
    expect(await stored()).toBe('1');
  });
});

test('a job that was in progress when its process was killed is Failed at the next start, and told once', async () => {
  const abort = new AbortController();
  const script = `import time\nprint("started", flush=True)\ntime.sleep(600)`;
  const running = failure(createTrainingJobSync(jobs)(await request('cut', script), { signal: abort.signal }));
  await until(() => lines.includes('algo-1: started'));
  // What a killed process leaves: a job in progress, the directories of its host, and perhaps a job that has only a name.
  await cp(join(root, 'jobs'), join(root, 'left'), { recursive: true });
  await mkdir(join(root, 'left', 'only-a-name'));
  abort.abort();
  await running;

  const later = new TrainingJobs({ store, python, folder: join(root, 'left') });
  expect(await later.failInterrupted()).toEqual([
    expect.objectContaining({ TrainingJobName: 'cut', TrainingJobStatus: 'InProgress', SecondaryStatus: 'Training' }),
  ]);
  expect(await later.describe('cut')).toMatchObject({
    TrainingJobStatus: 'Failed',
    SecondaryStatus: 'Failed',
    FailureReason: 'InternalServerError: The process that ran the training job ended before the job did.',
  });
  expect(readdirSync(join(root, 'left', 'cut')).sort()).toEqual(['algo-1.log', 'job.json']);
  expect(await later.failInterrupted()).toEqual([]);
  expect(await new TrainingJobs({ store, python, folder: join(root, 'never') }).failInterrupted()).toEqual([]);
});

describe('a request that SageMaker refuses', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      'a name with an underscore',
      { TrainingJobName: 'a_b' },
      `1 validation error detected: Value "a_b" at 'TrainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/`,
    ],
    ['a name of 64 characters', { TrainingJobName: 'a'.repeat(64) }, `at 'TrainingJobName'`],
    ['a hyperparameter that is no string', { HyperParameters: { epochs: 3 } }, `Value 3 at 'HyperParameters.epochs'`],
    [
      'an instance type',
      { ResourceConfig: { InstanceType: 'g5.xlarge', InstanceCount: 1, VolumeSizeInGB: 1 } },
      `Value "g5.xlarge" at 'ResourceConfig.InstanceType'`,
    ],
    [
      'a field left out',
      { RoleArn: undefined },
      `Value null at 'RoleArn' failed to satisfy constraint: Member must not be null`,
    ],
    [
      'an unknown field',
      { Hyperparameters: {} },
      `at 'Hyperparameters' failed to satisfy constraint: Member must be one that the local SageMaker carries out or records`,
    ],
    ['what is not carried out', { DebugHookConfig: {} }, `at 'DebugHookConfig' failed to satisfy constraint`],
    [
      'checkpoints elsewhere',
      { CheckpointConfig: { S3Uri: 's3://artifacts/x', LocalPath: '/tmp' } },
      `at 'CheckpointConfig.LocalPath'`,
    ],
    [
      'a metric that is no regular expression',
      { AlgorithmSpecification: { TrainingInputMode: 'File', MetricDefinitions: [{ Name: 'x', Regex: '(' }] } },
      'metric definition x',
    ],
    ['spot without its waiting time', { EnableManagedSpotTraining: true }, 'Invalid MaxWaitTimeInSeconds'],
    [
      'no program',
      { HyperParameters: { sagemaker_submit_directory: 's3://artifacts/source/x.tar.gz' } },
      'sagemaker_program',
    ],
    ['a program elsewhere', { HyperParameters: { sagemaker_program: '../x.py' } }, 'sagemaker_program'],
    [
      'an output bucket that does not exist',
      { OutputDataConfig: { S3OutputPath: 's3://nowhere/x' } },
      'there is no bucket nowhere',
    ],
    [
      'a channel without objects',
      {
        InputDataConfig: [
          {
            ChannelName: 'testing',
            DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/none/' } },
          },
        ],
      },
      'No S3 objects found under S3 URL "s3://data/none/" given in input data source.',
    ],
  ])('%s', async (_what, changes, message) => {
    const refused = createTrainingJobSync(jobs)(await request('x', '', changes), neverAborted);
    const error: unknown = await refused.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ error: 'SageMaker.AmazonSageMakerException' });
    expect((error as TaskError).cause).toContain(message);
    expect((error as TaskError).cause).toContain('Error Code: ValidationException');
    expect(existsSync(join(root, 'jobs', 'x'))).toBe(false);
  });

  test('a name that was used before, also by a job of an earlier process', async () => {
    const once = await request('once', 'pass');
    await jobs.run(once);
    const later = new TrainingJobs({ store, python: 'python3', folder: join(root, 'jobs') });
    await expect(createTrainingJobSync(later)(once, neverAborted)).rejects.toMatchObject({
      error: 'SageMaker.ResourceInUseException',
      cause: expect.stringContaining('(arn:aws:sagemaker:us-east-1:000000000000:training-job/once)') as unknown,
    });
  });
});
