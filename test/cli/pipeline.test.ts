import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { mockClient } from 'aws-sdk-client-mock';
import { type AwsServer, startAwsServer } from '../../local/aws/aws-server';
import { LogsService } from '../../local/aws/cloudwatch-logs/logs-service';
import { StepFunctionsService } from '../../local/aws/step-functions/api';
import { TaskError } from '../../local/aws/step-functions/state-machine';
import { StateMachines } from '../../local/aws/step-functions/state-machines';
import { branchOf, hanging, machineOf } from '../local/aws/step-functions/harness';
import { User } from './terminal';

/* Against the local Step Functions and CloudWatch Logs; the stack is a mock. */

const TRAIN = 'arn:aws:states:::sagemaker:createTrainingJob.sync';
const PREPARE = 'arn:aws:lambda:us-east-1:000000000000:function:prepare';
const HANG = 'arn:aws:lambda:us-east-1:000000000000:function:hang';

const { handler: hang, started } = hanging();
const stateMachines = new StateMachines({
  resolveTask: (resource) =>
    resource === HANG
      ? hang
      : (given) =>
          (given as { readonly fails?: boolean }).fails === true
            ? Promise.reject(new TaskError('TrainingFailed', 'the job ran out of memory'))
            : Promise.resolve(given),
});
const cloudFormation = mockClient(CloudFormationClient);
const user = new User();
let server: AwsServer;

/** Prepares, trains a candidate for each job name of the input, and fails or hangs where the input says so. */
const DEFINITION = machineOf({
  Prepare: {
    Type: 'Task',
    Resource: PREPARE,
    Arguments: {},
    Assign: { fails: '{% $states.input.fails = true %}' },
    Output: '{% $states.input %}',
    Next: 'TrainCandidates',
  },
  TrainCandidates: {
    Type: 'Map',
    Items: '{% $states.input.jobs %}',
    ItemProcessor: branchOf({
      TrainCandidate: {
        Type: 'Task',
        Resource: TRAIN,
        Arguments: { TrainingJobName: '{% $states.input %}' },
        End: true,
      },
    }),
    Output: '{% $states.context.Execution.Input %}',
    Next: 'IsHanging',
  },
  IsHanging: {
    Type: 'Choice',
    Choices: [{ Condition: '{% $states.input.hangs = true %}', Next: 'Hang' }],
    Default: 'Train',
  },
  Hang: { Type: 'Task', Resource: HANG, End: true },
  Train: {
    Type: 'Task',
    Resource: TRAIN,
    Arguments: { TrainingJobName: 'last', fails: '{% $fails %}' },
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed' }],
    End: true,
  },
  Failed: {
    Type: 'Fail',
    Error: 'TrainingFailed',
    Cause: 'Train failed: the job ran out of memory. Lower training.batchSize.',
  },
});

beforeAll(async () => {
  const folder = join(user.folder, 'training');
  for (const job of ['a-1', 'a-10', 'last']) {
    mkdirSync(join(folder, job), { recursive: true });
    writeFileSync(join(folder, job, 'algo-1.log'), `first line of ${job}\nsecond\n`);
  }
  server = await startAwsServer({
    states: new StepFunctionsService(stateMachines),
    logs: new LogsService({ ofJobs: { '/aws/sagemaker/TrainingJobs': folder } }),
  });
  user.hasLocalRun({ awsUrl: server.url });
  const machine = await stateMachines.create({
    stackName: 'Stack',
    stackId: 'arn:stack',
    logicalId: 'Pipeline',
    type: 'AWS::StepFunctions::StateMachine',
    properties: { DefinitionString: JSON.stringify(DEFINITION) },
  });
  cloudFormation.on(DescribeStacksCommand, { StackName: 'classifier-dev-training' }).resolves({
    Stacks: [
      {
        StackName: 'classifier-dev-training',
        CreationTime: new Date(),
        StackStatus: 'CREATE_COMPLETE',
        Outputs: [{ OutputKey: 'StateMachineArn', OutputValue: machine.physicalId }],
      },
    ],
  });
});
afterAll(async () => {
  await stateMachines.stop();
  await server.close();
  cloudFormation.restore();
});

/** Starts an execution by the command, and waits for its end unless it hangs. */
async function start(name: string, input: object): Promise<void> {
  const { code, stdout } = await user.types(
    ['pipeline', 'start', '--name', name, '--input', '-', '--json'],
    JSON.stringify(input),
  );
  expect(code).toBe(0);
  const { executionArn } = JSON.parse(stdout) as { executionArn: string };
  await ('hangs' in input ? started : stateMachines.execution(executionArn).end);
}

it('tells that there is no execution yet', async () => {
  expect(await user.types(['pipeline', 'list'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('no execution yet') as string,
  });
  expect(await user.types(['pipeline', 'status'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no execution yet') as string,
  });
  expect(await user.types(['pipeline', 'logs', 'none'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no execution none') as string,
  });
});

it('starts an execution, shows its states and what its jobs wrote', async () => {
  await start('good', { jobs: ['a-1', 'a-10'] });
  const { stdout, code } = await user.types(['pipeline', 'status', 'good']);
  expect(code).toBe(0);
  expect(
    stdout
      .replaceAll(/ +\d+ s/g, ' N s')
      .trimEnd()
      .split('\n'),
  ).toEqual([
    'good  SUCCEEDED N s',
    '  ✓ Prepare N s',
    '  ✓ TrainCandidates N s',
    '  ✓ TrainCandidate N s  a-1',
    '  ✓ TrainCandidate N s  a-10',
    '  ✓ Train N s  last',
  ]);
  expect(await user.types(['pipeline', 'logs', 'good'])).toMatchObject({
    stdout: ['a-1', 'a-10', 'last'].map((job) => `==> ${job} <==\nfirst line of ${job}\nsecond\n`).join(''),
  });
  const { stdout: lines } = await user.types(['pipeline', 'logs', 'good', '--json']);
  expect(JSON.parse(lines)).toHaveLength(6);
});

it('tells why an execution failed, the last one where none is named', async () => {
  await start('bad', { jobs: [], fails: true });
  const { stdout } = await user.types(['pipeline', 'status']);
  expect(stdout).toMatch(/^bad {2}FAILED/);
  expect(stdout).toMatch(/^ {2}✗ Train +\d+ s {2}last$/m);
  expect(stdout).toMatch(/^TrainingFailed: Train failed: the job ran out of memory\. Lower training\.batchSize\.$/m);
  const json = await user.types(['pipeline', 'status', 'bad', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    status: 'FAILED',
    input: { fails: true },
    steps: [{ name: 'Prepare' }, {}, { status: 'failed', job: { name: 'last' } }],
  });
});

it('stops an execution, and only one that runs', async () => {
  await start('long', { jobs: [], hangs: true });
  expect((await user.types(['pipeline', 'status', 'long'])).stdout).toMatch(/^ {2}… Hang/m);
  expect(await user.types(['pipeline', 'stop', 'long'])).toMatchObject({
    code: 0,
    stdout: 'Stopped the execution long.\n',
  });
  expect((await user.types(['pipeline', 'status', 'long'])).stdout).toMatch(
    /^long {2}ABORTED.*✗ Hang.*^Stopped: Somebody stopped it/ms,
  );
  expect(await user.types(['pipeline', 'stop', 'long'])).toMatchObject({
    code: 1,
    stderr: 'The execution long has ended already, as ABORTED.\n',
  });
});

it('lists the newest first, as many as are asked for', async () => {
  const { stdout } = await user.types(['pipeline', 'list', '--limit', '2']);
  expect(stdout).toMatch(/^long {2}ABORTED {4}\d{4}-\d\d-\d\dT\S+Z {2}\d+ s\nbad {3}FAILED {5}\S+ {2}\d+ s\n$/);
  const { stdout: all } = await user.types(['pipeline', 'list', '--json']);
  expect((JSON.parse(all) as { name: string }[]).map(({ name }) => name)).toEqual(['long', 'bad', 'good']);
});

it('starts none with a name that is taken, or no name', async () => {
  for (const [name, problem] of [
    ['good', 'is or was another execution'],
    ['a/b', 'is no name that Step Functions takes'],
  ] as const) {
    const { code, stderr } = await user.types(['pipeline', 'start', '--name', name]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(problem) as string });
  }
});
