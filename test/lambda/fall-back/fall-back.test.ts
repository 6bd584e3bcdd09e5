import '../handler-environment';
import { NotARefusal } from '../../../lambda/shared/step-errors';
import type { Failure } from '../../../lambda/shared/execution-failure';
import { handler } from '../../../lambda/fall-back/index';
import { reasonOfRefusal } from '../../../lambda/fall-back/refusal';

const ACCELERATED_STACK = 'cola-dev-serving-accelerated';
const STACK_ID = `arn:aws:cloudformation:us-east-1:123456789012:stack/${ACCELERATED_STACK}/3f6a`;
const REGISTRY = '763104351884.dkr.ecr.us-east-1.amazonaws.com';

/*
 * Failures as Step Functions hands them to a Catch.
 */

/** A function that threw: Lambda's JSON as the cause. */
function thrown(errorType: string, errorMessage: string): Failure {
  return { state: 'ProbeAccelerator', error: errorType, cause: JSON.stringify({ errorType, errorMessage, trace: [] }) };
}

/** A tracing job that ended badly: DescribeTrainingJob's JSON as the cause. */
function job(FailureReason: string, TrainingJobStatus = 'Failed'): Failure {
  return {
    state: 'Trace',
    error: 'States.TaskFailed',
    cause: JSON.stringify({
      TrainingJobName: 'cola-dev-1f2e',
      TrainingJobStatus,
      SecondaryStatus: TrainingJobStatus,
      AlgorithmSpecification: { TrainingImage: `${REGISTRY}/pytorch-training:1.3.1-cpu-py36-ubuntu16.04` },
      HyperParameters: { sequence_length: '64', sagemaker_program: 'trace.py' },
      FailureReason,
    }),
  };
}

/** CreateTrainingJob refused: a sentence as the cause. */
function call(code: string, message: string): Failure {
  return {
    state: 'Trace',
    error: code === 'ValidationException' ? 'SageMaker.AmazonSageMakerException' : `SageMaker.${code}`,
    cause: `${message} (Service: AmazonSageMaker; Status Code: 400; Error Code: ${code}; Request ID: 1; Proxy: null)`,
  };
}

function limitOf(what: string): string {
  return (
    `The account-level service limit '${what}' is 0 Instances, with current utilization of 0 Instances and a request ` +
    'delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota.'
  );
}

function undone(resource: string, reason: string): Failure {
  return thrown(
    'RolledBack',
    `CloudFormation undid the deployment, and what was in service before still is: ${resource} (AWS::SageMaker::${resource}): ${reason}`,
  );
}

describe('is a refusal', () => {
  test.each<[string, Failure, inReason: string]>([
    [
      'a leaf stack that is not there',
      thrown('StackMissing', `there is no stack ${ACCELERATED_STACK}; deploy the application with "npm run deploy"`),
      `there is no stack ${ACCELERATED_STACK}`,
    ],
    [
      'a leaf stack that was never created, whatever the reason',
      thrown(
        'StackMissing',
        `stack ${ACCELERATED_STACK} was never created (CloudFormation gives no reason); run "npm…`,
      ),
      'was never created',
    ],
    [
      "CloudFormation's early validation of the leaf stack",
      thrown(
        'StackMissing',
        `stack ${ACCELERATED_STACK} was never created (AWS::EarlyValidation::PropertyValidation /Resources/EndpointConfig/` +
          'Properties/ProductionVariants/0: Unsupported property [AcceleratorType]); run "npm run deploy" again',
      ),
      'AWS::EarlyValidation::PropertyValidation',
    ],
    [
      "CloudFormation's early validation of an update, which leaves the stack as it was",
      thrown(
        'RolledBack',
        `stack ${ACCELERATED_STACK} is not as this execution set it (it has no model): another execution deployed after ` +
          'this one, or CloudFormation refused the change: AWS::EarlyValidation::PropertyValidation /Resources/' +
          'EndpointConfig/Properties/ProductionVariants/0: Unsupported property [AcceleratorType]',
      ),
      'Unsupported property [AcceleratorType]',
    ],
    [
      'UpdateStack, at once',
      thrown(
        'Refused',
        'AWS refuses the accelerator, which it no longer offers: Properties validation failed for resource EndpointConfig ' +
          'with message: #/ProductionVariants/0: extraneous key [AcceleratorType] is not permitted',
      ),
      'extraneous key [AcceleratorType]',
    ],
    [
      'a resource of the leaf stack that failed to create',
      undone(
        'EndpointConfig',
        'Resource handler returned message: "Invalid request provided: The AcceleratorType parameter is no longer ' +
          'supported. Elastic Inference (EI) is no longer available. (Service: SageMaker, Status Code: 400)"',
      ),
      'EndpointConfig (AWS::SageMaker::EndpointConfig)',
    ],
    [
      'a leaf stack that such a resource broke',
      thrown(
        'Broken',
        `stack ${ACCELERATED_STACK} is in UPDATE_ROLLBACK_FAILED and must be mended: EndpointConfig ` +
          '(AWS::SageMaker::EndpointConfig): Elastic Inference is no longer available to this account',
      ),
      'no longer available',
    ],
    [
      "SageMaker's validation, in the probe",
      thrown(
        'Refused',
        "1 validation error detected: Value 'ml.eia2.xlarge' at 'productionVariants.1.member.acceleratorType' failed to " +
          'satisfy constraint: Member must satisfy enum value set: []',
      ),
      '1 validation error detected',
    ],
    [
      "SageMaker's validation, of the endpoint",
      undone('Endpoint', 'Elastic Inference accelerators are not supported in this region.'),
      'not supported in this region',
    ],
    [
      'a limit of no accelerators, in the probe',
      thrown('Refused', limitOf('ml.eia2.xlarge for endpoint usage')),
      "'ml.eia2.xlarge for endpoint usage' is 0",
    ],
    [
      'a limit of no accelerators, of the endpoint',
      undone('Endpoint', limitOf('ml.eia2.medium for endpoint usage')),
      "'ml.eia2.medium for endpoint usage' is 0",
    ],
    [
      'the image that would serve not being there, in the probe',
      thrown('Refused', `Requested image ${REGISTRY}/pytorch-inference-eia:1.5.1-cpu-py36-ubuntu16.04 not found.`),
      'pytorch-inference-eia:1.5.1-cpu-py36-ubuntu16.04 not found',
    ],
    [
      'the image that would serve not being there, in the leaf stack',
      undone('Model', `Requested image ${REGISTRY}/pytorch-inference-eia:1.5.1-cpu-py36-ubuntu16.04 not found.`),
      'Model (AWS::SageMaker::Model)',
    ],
    [
      'the image that traces not being there, at once',
      call('ValidationException', `Requested image ${REGISTRY}/pytorch-training:1.3.1-cpu-py36-ubuntu16.04 not found.`),
      'pytorch-training:1.3.1-cpu-py36-ubuntu16.04 not found',
    ],
    [
      'the image that traces not being there, once the job tries to pull it',
      job(
        'ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.',
      ),
      'training job cola-dev-1f2e ended as Failed: ClientError: Cannot pull algorithm container',
    ],
    [
      'the image that traces being withdrawn',
      job(`ClientError: The image ${REGISTRY}/pytorch-training:1.3.1-cpu-py36-ubuntu16.04 is no longer supported.`),
      'is no longer supported',
    ],
  ])('%s', (_, failure, inReason) => {
    expect(reasonOfRefusal(failure, ACCELERATED_STACK)).toContain(inReason);
  });
});

describe('is a failure like any other', () => {
  test.each<[string, Failure]>([
    ['a limit of other instances, of the endpoint', undone('Endpoint', limitOf('ml.m5.large for endpoint usage'))],
    [
      'a limit of other instances, of the tracing job',
      call('ResourceLimitExceededException', limitOf('ml.m5.xlarge for training job usage')),
    ],
    ['no capacity', job('CapacityError: Unable to provision requested ML compute capacity. Please retry.')],
    [
      'the serving stack not being there',
      thrown('StackMissing', 'there is no stack cola-dev-serving; deploy the application with "npm run deploy"'),
    ],
    [
      'the leaf stack being busy for an hour',
      thrown(
        'StackBusy',
        `another operation on stack ${ACCELERATED_STACK} is under way: Stack:${STACK_ID} is in UPDATE_IN_PROGRESS state and ` +
          'can not be updated.',
      ),
    ],
    [
      'another execution that deployed after this one',
      thrown(
        'RolledBack',
        `stack ${ACCELERATED_STACK} is not as this execution set it (it has s3://b/models/x/model.tar.gz): another execution ` +
          'deployed after this one, or CloudFormation refused the change: CloudFormation gives no reason',
      ),
    ],
    [
      'a model that cannot be traced',
      job(
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: tokenizer.json has no WordPiece model"\n' +
          'Command "/opt/conda/bin/python3.6 trace.py --sequence_length 64", exit code: 1',
      ),
    ],
    [
      'a tracing job that ran out of memory',
      job(
        'AlgorithmError: ExecuteUserScriptError:\nExitCode -9\nErrorMessage ""\nCommand "/opt/conda/bin/python3.6 trace.py"',
      ),
    ],
    ['a tracing job that somebody stopped', job('', 'Stopped')],
    [
      'a traced artifact that is broken',
      thrown(
        'InvalidArtifact',
        's3://b/traced/image/model.tar.gz has no code/inference.py at its root; a model.tar.gz has…',
      ),
    ],
    [
      'an artifact that is gone',
      thrown(
        'InvalidArtifact',
        'there is no s3://team-image/model.tar.gz: the key does not exist; correct modelDataUrl',
      ),
    ],
    [
      'a container that does not come up',
      undone('Endpoint', 'The primary container for production variant AllTraffic did not pass the ping health check.'),
    ],
    [
      'the image of the CPU not being there',
      undone('Model', `Requested image ${REGISTRY}/huggingface-pytorch-inference:no-such-tag not found.`),
    ],
    [
      'a missing right, of the probe',
      thrown(
        'AccessDeniedException',
        'User: arn:aws:sts::123456789012:assumed-role/cola-dev-training-AcceleratorFunctionsProbeAccelerator-1A/probe is not ' +
          'authorized to perform: sagemaker:CreateEndpointConfig on resource: arn:aws:sagemaker:us-east-1:123456789012:' +
          'endpoint-config/cola-dev-probe-1a2b3c4d because no identity-based policy allows the action',
      ),
    ],
    [
      'a missing right, of the deployment',
      thrown(
        'Broken',
        `the deploy function may not update stack ${ACCELERATED_STACK}; add what is missing to its role: User: arn:aws:sts::` +
          `123456789012:assumed-role/deploy is not authorized to perform: cloudformation:UpdateStack on resource: ${STACK_ID}`,
      ),
    ],
    [
      'a missing right, of the tracing job',
      call('AccessDeniedException', 'User is not authorized to perform: iam:PassRole'),
    ],
    ['throttling of a function', thrown('ThrottlingException', 'Rate exceeded')],
    ['throttling of the tracing job', call('ThrottlingException', 'Rate exceeded')],
    ['a fault of Lambda', { state: 'Trace', error: 'Lambda.ServiceException', cause: 'Service error.' }],
    ['a function that ran out of time', thrown('Sandbox.Timedout', 'Error: Task timed out after 30.00 seconds')],
    ['a time-out, which has no cause', { state: 'Trace', error: 'States.Timeout' }],
  ])('%s', (_, failure) => {
    expect(reasonOfRefusal(failure, ACCELERATED_STACK)).toBeUndefined();
  });
});

describe('the handler', () => {
  const EVENT = {
    failure: thrown('Refused', limitOf('ml.eia2.xlarge for endpoint usage')),
    accelerator: 'ml.eia2.xlarge',
    modelDataUrl: 's3://artifacts-bucket/models/abc/model.tar.gz',
  };
  const SERVING = {
    profile: 'cpu',
    accelerator: 'none',
    modelDataUrl: EVENT.modelDataUrl,
    endpointConfigName: '',
    reason: `AWS refused the accelerator ml.eia2.xlarge: ${limitOf('ml.eia2.xlarge for endpoint usage')}`,
  };
  let written: jest.SpyInstance;

  beforeEach(() => {
    written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    jest.useFakeTimers({ now: 1_764_000_000_000, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
    written.mockRestore();
  });

  test('goes on with the same model and without an accelerator', async () => {
    await expect(handler(EVENT)).resolves.toEqual(SERVING);
  });

  test("counts it as a metric, in CloudWatch's embedded metric format on a line of its own", async () => {
    await handler(EVENT);
    expect(written).toHaveBeenCalledTimes(1);
    const [line] = written.mock.calls[0] as [string];
    expect(line).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(line)).toEqual({
      _aws: {
        Timestamp: 1_764_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'cola-dev',
            Dimensions: [[]],
            Metrics: [{ Name: 'AcceleratorRefused', Unit: 'Count' }],
          },
        ],
      },
      AcceleratorRefused: 1,
    });
  });

  test('is quiet where AWS did not refuse', async () => {
    await expect(handler({ ...EVENT, failure: thrown('ThrottlingException', 'Rate exceeded') })).rejects.toThrow(
      NotARefusal,
    );
    expect(written).not.toHaveBeenCalled();
  });
});
