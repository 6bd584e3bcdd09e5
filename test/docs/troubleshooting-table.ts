import { ADVICE, adviseOn } from '../../lambda/shared/failure-advice';
import { table } from '../../local/aws/readme';
import { withAdviceForThisMachine } from '../../local/run/failure-advice';

/** What an execution says that fails, for each advice: the error's name and the part of its cause by which one knows it. */
const FAILURES: Readonly<Record<keyof typeof ADVICE, readonly [error: string, cause: string]>> = {
  instanceType: [
    'ResourceLimitExceeded',
    'The requested resource processing-job/ml.c7i.4xlarge is not available in this region; Unsupported instance type',
  ],
  quota: [
    'ResourceLimitExceeded',
    "The account-level service limit 'ml.g5.xlarge for training job usage' is 0 Instances",
  ],
  noCapacity: ['TrainingFailed', 'CapacityError: Unable to provision requested ML compute capacity'],
  baseModel: ['TrainingFailed', 'the base model … cannot be loaded'],
  batchMemory: ['ProcessingFailed', '… exit code: 137, or want of memory'],
  memory: ['TrainingFailed', 'CUDA out of memory; exit code: 137'],
  runtime: ['TrainingFailed', 'was stopped (MaxRuntimeExceeded), or MaxWaitTimeExceeded'],
  modelServer: ['RolledBack', '… did not pass the ping health check'],
  permission: ['any', '… is not authorized to perform …; AccessDenied'],
  throttling: ['any', 'ThrottlingException; TooManyRequests; Rate exceeded'],
  faultOfAws: ['any', 'InternalServerError; ServiceUnavailable'],
  input: ['InvalidInput', 'training.epochs must be a whole number from 0 to 100, not "3"'],
  dataset: ['InvalidDataset', 'the file, the line and what is wrong there'],
  datasetUnavailable: ['DatasetUnavailable', 'no such object, no answer, or no permission to read it'],
  artifact: ['InvalidArtifact', 'what the model.tar.gz lacks'],
  gate: ['QualityGateFailed', "the model's matthews_correlation is 0.12, below the minimum of 0.2"],
  stackBusy: ['StackBusy', 'another operation on stack … is under way'],
  stackMissing: ['StackMissing', 'there is no stack …'],
  refused: ['Refused', 'AWS refuses the accelerator, which it no longer offers'],
  broken: ['Broken', "stack … cannot be updated until it is mended in CloudFormation's console"],
  rolledBack: ['RolledBack', 'why CloudFormation undid the deployment'],
  superseded: ['Superseded', 'another execution or deployment has changed stack … since this one did'],
  smokeTest: ['SmokeTestFailed', 'what the endpoint answered, and what it should have'],
  anotherExecution: ['AnotherExecutionRunning', 'the execution … has been running since …'],
  endpointNotReady: ['EndpointNotReady', 'the endpoint is Updating'],
  tooManyErrors: ['TooManyErrors', '120 of 5000 rows have an error, where maxErrors allows 100'],
  partsMissing: ['PartsMissing', '… has no answers'],
  processing: ['ProcessingFailed', 'processing job … ended as Failed'],
  trainingStopped: ['TrainingFailed', 'training job … was stopped (Stopped)'],
  candidates: ['AllCandidatesFailed', 'the reason of each'],
  training: ['TrainingFailed', 'training job … ended as Failed: …'],
  timeout: ['States.Timeout', 'it did not end in the time that it may take'],
  queryEvaluation: ['States.QueryEvaluationError', 'an expression of the definition'],
  trainingParameters: ['SageMaker.AmazonSageMakerException', 'which parameter SageMaker does not accept'],
  otherwise: ['any other', ''],
};

/**
 * What to do about each failure of an execution, on AWS and on this machine.
 *
 * @throws Error where an example is answered by another advice than its own
 */
export function troubleshootingTable(): string {
  return table(
    ['error', 'its cause says', 'what to do'],
    Object.entries(ADVICE).map(([name, { advice }]) => {
      const [error, cause] = FAILURES[name as keyof typeof ADVICE];
      if (adviseOn(error, cause) !== advice) {
        throw new Error(`the example of the advice "${name}" gets another advice: "${adviseOn(error, cause)}"`);
      }
      const here = withAdviceForThisMachine(advice);
      return [
        error.startsWith('any') ? error : `\`${error}\``,
        cause,
        here === advice ? advice : `${advice} By \`npm start\`: ${here}`,
      ];
    }),
  );
}
