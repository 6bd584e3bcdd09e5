import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ObjectStore } from '../../../local/aws/s3/object-store';
import { packArchive } from '../../../local/aws/sagemaker/model-archive';
import { ProcessingJobFailed, ProcessingJobs } from '../../../local/aws/sagemaker/processing-jobs';
import { lengthHandlers } from './length-handlers';

/* training-code/batch/classify_parts.py as SageMaker Processing runs it: over one host or several. */

const TRAINING_CODE = join(__dirname, '..', '..', '..', 'training-code');
let root: string;
let store: ObjectStore;
let jobs: ProcessingJobs;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'classify-parts-'));
  store = new ObjectStore(join(root, 'store'));
  jobs = new ProcessingJobs({ store, python: 'python3', folder: join(root, 'jobs') });
  await store.createBucket('data');
  await store.put(
    'data',
    'code/classify_parts.py',
    createReadStream(join(TRAINING_CODE, 'batch', 'classify_parts.py')),
  );
  const code = join(root, 'artifact', 'code');
  await mkdir(code, { recursive: true });
  await writeFile(join(code, 'inference.py'), lengthHandlers());
  await cp(join(TRAINING_CODE, 'source', 'contract.py'), join(code, 'contract.py'));
  await packArchive(join(root, 'artifact'), join(root, 'model.tar.gz'));
  await store.put('data', 'models/1/model.tar.gz', createReadStream(join(root, 'model.tar.gz')));
});

afterAll(async () => {
  await rm(root, { recursive: true });
});

/** Runs a job over what lies under `parts/<name>/`; its outputs go to `<name>/`. */
async function classify(name: string, InstanceCount: number): Promise<unknown> {
  const input = (InputName: string, S3Uri: string, S3DataDistributionType = 'FullyReplicated') => ({
    InputName,
    S3Input: {
      ...{ S3Uri, LocalPath: `/opt/ml/processing/input/${InputName}`, S3DataType: 'S3Prefix', S3InputMode: 'File' },
      S3DataDistributionType,
    },
  });
  return jobs.run({
    ProcessingJobName: `${name}-on-${InstanceCount}`,
    RoleArn: 'arn:aws:iam::000000000000:role/batch',
    AppSpecification: {
      ImageUri: 'image',
      ContainerEntrypoint: ['python3', '/opt/ml/processing/input/code/classify_parts.py'],
      ContainerArguments: [
        ...['--model', '/opt/ml/processing/input/model', '--parts', '/opt/ml/processing/input/parts'],
        ...['--output', '/opt/ml/processing/output', '--exit_message', '/opt/ml/output/message'],
      ],
    },
    ProcessingInputs: [
      input('code', 's3://data/code/classify_parts.py'),
      input('model', 's3://data/models/1/model.tar.gz'),
      input('parts', `s3://data/parts/${name}/`, 'ShardedByS3Key'),
    ],
    ProcessingOutputConfig: {
      Outputs: [
        {
          OutputName: 'answers',
          S3Output: {
            S3Uri: `s3://data/${name}-on-${InstanceCount}`,
            LocalPath: '/opt/ml/processing/output',
            S3UploadMode: 'Continuous',
          },
        },
      ],
    },
    ProcessingResources: { ClusterConfig: { InstanceType: 'ml.c7i.xlarge', InstanceCount, VolumeSizeInGB: 30 } },
  });
}

async function putPart(name: string, part: string, inputs: readonly unknown[]): Promise<void> {
  const rows = inputs.map((text, row) => JSON.stringify({ row, inputs: text, columns: { text } }));
  await store.put('data', `parts/${name}/${part}.jsonl`, rows.map((line) => `${line}\n`).join(''));
}

async function answers(name: string): Promise<Record<string, string>> {
  const left = await store.list('data', `${name}/`);
  const entries = left.map(async ({ key }) => [key.slice(name.length + 1), String(await store.read('data', key))]);
  return Object.fromEntries((await Promise.all(entries)) as [string, string][]);
}

test('one, two and four hosts leave the same bytes, the last of which have hosts without a part', async () => {
  await putPart('table', 'part-0', ['a', 'a longer one']);
  await putPart('table', 'part-1', ['', 7]);
  await putPart('table', 'part-2', ['c']);
  for (const hosts of [1, 2, 4]) await classify('table', hosts);
  const left = await answers('table-on-1');
  expect(Object.keys(left).sort()).toEqual(['part-0.jsonl', 'part-1.jsonl', 'part-2.jsonl']);
  expect(left['part-0.jsonl']).toBe(
    '{"row": 0, "columns": {"text": "a"}, "answer": [{"label": "short", "score": 1.0}]}\n' +
      '{"row": 1, "columns": {"text": "a longer one"}, "answer": [{"label": "long", "score": 1.0}]}\n',
  );
  expect(left['part-1.jsonl']).toBe(
    '{"row": 0, "columns": {"text": ""}, "error": "this row is empty"}\n' +
      '{"row": 1, "columns": {"text": 7}, "error": "this row is not a text"}\n',
  );
  expect(await answers('table-on-2')).toEqual(left);
  expect(await answers('table-on-4')).toEqual(left);
});

test('DescribeProcessingJob tells why a job failed, without a text', async () => {
  await putPart('bad', 'part-0', ['secret', 'unknown']);
  const failure: unknown = await classify('bad', 1).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ProcessingJobFailed);
  expect((failure as ProcessingJobFailed).description).toMatchObject({
    ProcessingJobStatus: 'Failed',
    FailureReason: 'AlgorithmError: See job logs for more information, exit code: 1',
    ExitMessage: 'the model failed: LookupError',
  });
});
