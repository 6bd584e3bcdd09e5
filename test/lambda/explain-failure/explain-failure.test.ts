import * as errors from '../../../lambda/shared/step-errors';
import { adviseOn } from '../../../lambda/shared/failure-advice';
import { explain } from '../../../lambda/explain-failure/explain';
import { handler } from '../../../lambda/explain-failure/index';

test('an explanation says which state failed, why, and what to do', async () => {
  const failure = {
    state: 'PrepareDataset',
    error: 'InvalidDataset',
    cause: lambdaCause('data.csv, line 3: the label is empty'),
  };
  await expect(handler({ failure })).resolves.toEqual({
    error: 'InvalidDataset',
    cause:
      'PrepareDataset failed: data.csv, line 3: the label is empty. Mend the data at the place that is named, and start again.',
  });
});

test.each([
  ['aws', 'Training', 'https://console.aws.amazon.com/'],
  ['aws-cn', 'Training', 'https://console.amazonaws.cn/'],
  ['aws-us-gov', 'Processing', 'https://console.amazonaws-us-gov.com/'],
])('an explanation links the log of the job that failed, in %s', (partition, kind, console) => {
  const cause = JSON.stringify({
    [`${kind}JobName`]: 'name-dev-1',
    [`${kind}JobArn`]: `arn:${partition}:sagemaker:eu-west-1:123456789012:${kind.toLowerCase()}-job/name-dev-1`,
    [`${kind}JobStatus`]: 'Failed',
    FailureReason: 'AlgorithmError: bad',
  });
  expect(explain({ state: 'Train', error: 'States.TaskFailed', cause }).cause).toContain(
    `job name-dev-1 ended as Failed: ${kind === 'Training' ? '' : 'AlgorithmError: '}bad. Its log: ${console}cloudwatch/home?region=eu-west-1` +
      `#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252F${kind}Jobs$3FlogStreamNameFilter$3Dname-dev-1 `,
  );
});

test.each([
  [
    'a function that threw',
    'Broken',
    lambdaCause('stack x is in DELETE_FAILED.'),
    'Deploy failed: stack x is in DELETE_FAILED. When',
  ],
  ['a function that threw nothing to read', 'Error', lambdaCause(''), 'Deploy failed: Error. Look at this state'],
  [
    'a time-out',
    'States.Timeout',
    undefined,
    'Deploy failed: it did not end in the time that it may take. It took longer',
  ],
  [
    'a function that ran out of time',
    'Sandbox.Timedout',
    lambdaCause('RequestId: 3f6a Error: Task timed out after 900.00 seconds'),
    'Deploy failed: RequestId: 3f6a Error: Task timed out after 900.00 seconds. It took longer',
  ],
  [
    'a function that ran out of memory',
    'Runtime.ExitError',
    lambdaCause('RequestId: 3f6a Error: Runtime exited with error: signal: killed'),
    'The memory did not suffice',
  ],
  [
    'a training script that failed',
    'States.TaskFailed',
    trainingJob('Failed', 'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: bad"'),
    "Deploy failed: training job cola-dev-1 ended as Failed: bad. The job's log is in CloudWatch",
  ],
  [
    'a training script that failed on several hosts',
    'States.TaskFailed',
    trainingJob(
      'Failed',
      "AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage \"ValueError: train.csv, row 3: 'label' is empty\n" +
        'E1122 torch elastic: failed (exitcode: 1)"\nCommand "torchrun --nnodes 2 train.py", exit code: 1',
    ),
    "ended as Failed: train.csv, row 3: 'label' is empty. ",
  ],
  [
    'a training script that warned of an exception before it failed with another',
    'States.TaskFailed',
    trainingJob(
      'Failed',
      'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "FutureWarning: a ValueError will be raised\n' +
        ' Traceback (most recent call last)\n File "train.py", line 3, in main\n raise ValueError(text)\n' +
        ' ValueError: train.csv, row 3: the label is empty"\nCommand "python train.py", exit code: 1',
    ),
    'ended as Failed: train.csv, row 3: the label is empty. ',
  ],
  [
    'a processing job whose program says why',
    'States.TaskFailed',
    processingJob('Failed', 'AlgorithmError: exit code: 1', 'the model failed: LookupError'),
    'processing job cola-dev-1 ended as Failed: the model failed: LookupError. Start the same execution again, which goes on',
  ],
  [
    'a processing job that was killed for want of memory',
    'States.TaskFailed',
    processingJob('Failed', 'AlgorithmError: See job logs for more information, exit code: 137'),
    'exit code: 137. The memory did not suffice: start the same execution again with a larger instanceType',
  ],
  [
    'a processing job that took too long',
    'States.TaskFailed',
    processingJob('Stopped', ''),
    'processing job cola-dev-1 ended as Stopped: somebody stopped it, or it took longer than it may. Start the same',
  ],
  [
    'a processing job that there is no quota for',
    'SageMaker.ResourceLimitExceededException',
    "The account-level service limit 'ml.c7i.4xlarge for processing job usage' is 0 Instances",
    'is 0 Instances. Ask for more of this quota in the Service Quotas console',
  ],
  [
    'a processing job in a region that has no such instances',
    'SageMaker.ResourceLimitExceededException',
    'The requested resource processing-job/ml.c7i.4xlarge is not available in this region',
    'is not available in this region. This region has no such instances for this kind of job',
  ],
  [
    'an instance type that a region does not have',
    'SageMaker.SageMakerException',
    'Unsupported instance type ml.p3dn.24xlarge (Service: SageMaker, Status Code: 400)',
    'start again with another instance type',
  ],
  [
    'a training script that was killed',
    'States.TaskFailed',
    trainingJob('Failed', 'AlgorithmError: ExecuteUserScriptError:\nExitCode -9\nErrorMessage ""\nCommand "python"'),
    'ended as Failed: the script ended without a word',
  ],
  [
    'a training script that said itself what is wrong',
    'States.TaskFailed',
    trainingJob('Failed', 'AlgorithmError: the test split has one label only, exit code: 1'),
    'ended as Failed: the test split has one label only. ',
  ],
  [
    'a base model that train.py cannot load',
    'States.TaskFailed',
    trainingJob(
      'Failed',
      "AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage \"ValueError: base model 'no/model' cannot be loaded: " +
        'it is neither a folder nor a model that the hub gives from here"\nCommand "python train.py", exit code: 1',
    ),
    'Correct training.baseModel',
  ],
  [
    'a base model that does not exist',
    'States.TaskFailed',
    trainingJob(
      'Failed',
      'AlgorithmError: OSError: no/model is not a local folder and is not a valid model identifier',
    ),
    'Correct training.baseModel',
  ],
  [
    'a GPU that is too small',
    'States.TaskFailed',
    trainingJob('Failed', 'AlgorithmError: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB'),
    'lower training.batchSize',
  ],
  [
    'no capacity',
    'States.TaskFailed',
    trainingJob('Failed', 'CapacityError: Unable to provision requested ML compute capacity. Please retry.'),
    'AWS has none of these instances free',
  ],
  [
    'a job that somebody stopped',
    'States.TaskFailed',
    trainingJob('Stopped', undefined, 'Stopped'),
    'training job cola-dev-1 was stopped (Stopped). Somebody stopped',
  ],
  [
    'a job that took too long',
    'States.TaskFailed',
    trainingJob('Stopped', undefined, 'MaxRuntimeExceeded'),
    'Train fewer epochs',
  ],
  [
    'a quota of training instances',
    'SageMaker.ResourceLimitExceededException',
    "The account-level service limit 'ml.g5.xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances. (Service: AmazonSageMaker; Status Code: 400; Error Code: ResourceLimitExceeded)",
    'Service Quotas console',
  ],
  [
    'a quota of endpoint instances, by way of CloudFormation',
    'RolledBack',
    lambdaCause("Endpoint: The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances"),
    'Service Quotas console',
  ],
  [
    'a model server that does not come up',
    'RolledBack',
    lambdaCause('Endpoint: The primary container for production variant all did not pass the ping health check.'),
    'code/inference.py in the archive is the likely cause',
  ],
  ['throttling', 'ThrottlingException', lambdaCause('Rate exceeded'), 'in a few minutes'],
  [
    'a missing permission',
    'SageMaker.SageMakerException',
    'User: arn:aws:sts::1:assumed-role/x is not authorized to perform: sagemaker:CreateTrainingJob',
    'Add the missing permission',
  ],
  [
    'a request that SageMaker refuses',
    'SageMaker.SageMakerException',
    '1 validation error detected',
    'did not accept the job',
  ],
  ['a fault of AWS', 'Lambda.ServiceException', 'Service error.', 'a fault on the side of AWS'],
  [
    'a definition that does not fit its data',
    'States.QueryEvaluationError',
    "The JSONata expression '$plan.x' returned nothing",
    'a fault of the state machine',
  ],
  ['something never seen', 'Weird', 'Strange things', "Look at this state in the execution's history"],
])('%s is explained', (_, error, cause, expected) => {
  expect(explain({ state: 'Deploy', error, cause }).cause).toContain(expected);
});

test('every error of the pipeline has advice of its own', () => {
  const general = adviseOn('Weird', 'never seen');
  const names = Object.values(errors).map((NamedError) => new NamedError('x').name);
  // Successes, and findings about another failure, none of which gets here.
  const failures = names.filter((name) => !['NothingToDo', 'NotARefusal', 'TakenDownSince'].includes(name));

  expect(failures.length).toBeGreaterThan(10);
  expect(failures.filter((name) => adviseOn(name, 'x') === general)).toEqual([]);
});

test.each([
  ['restored', 'What was in service before is in service again.'],
  ['taken-down', 'Nothing was in service before, so the endpoint was taken down again.'],
  ['unchanged', 'The endpoint had served this very model before, and still does'],
  ['superseded', 'Another execution or deployment has changed the endpoint since'],
  ['not-restored', 'The way back to what was in service before failed as well'],
] as const)('an explanation says what became of the endpoint: %s', (aftermath, expected) => {
  const failure = { state: 'SmokeTest', error: 'SmokeTestFailed', cause: lambdaCause('no answer'), aftermath };
  expect(explain(failure).cause).toContain(`SmokeTest failed: no answer. ${expected}`);
});

test('an explanation fits into what Step Functions takes', () => {
  const { cause } = explain({ state: 'Deploy', error: 'RolledBack', cause: lambdaCause('x'.repeat(100_000)) });
  expect(cause.length).toBeLessThan(5000);
});

function lambdaCause(errorMessage: string): string {
  return JSON.stringify({ errorMessage, errorType: 'Error', trace: [] });
}

function processingJob(ProcessingJobStatus: string, FailureReason: string, ExitMessage?: string): string {
  return JSON.stringify({ ProcessingJobName: 'cola-dev-1', ProcessingJobStatus, FailureReason, ExitMessage });
}

function trainingJob(TrainingJobStatus: string, FailureReason?: string, SecondaryStatus = TrainingJobStatus): string {
  return JSON.stringify({ TrainingJobName: 'cola-dev-1', TrainingJobStatus, SecondaryStatus, FailureReason });
}
