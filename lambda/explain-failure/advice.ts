/*
 * What to do about a failure, by what its error's name and message have in common. The first that matches counts:
 * causes that show through several errors come before the errors themselves.
 */
const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /account-level service limit|ResourceLimitExceeded/,
    'Ask for more of this quota in the Service Quotas console, or choose another instance type, then start again.',
  ],
  [
    /CapacityError|InsufficientCapacity|Unable to provision requested ML compute capacity/,
    'AWS has none of these instances free at the moment: start again later, or with another training.instanceType.',
  ],
  [
    /base model .* cannot be loaded|is not a valid model identifier|is not a local folder|RepositoryNotFound|Repository Not Found|GatedRepo/,
    'Correct training.baseModel: it must be a public model id of the Hugging Face hub, or the s3:// URL of a folder with one.',
  ],
  [
    /CUDA out of memory|OutOfMemory|DefaultCPUAllocator|exit code:? (?:137|-9)\b|signal: killed/i,
    'The memory did not suffice: lower training.batchSize or training.maxLength, or choose a larger training.instanceType.',
  ],
  [
    /MaxRuntimeExceeded|MaxWaitTimeExceeded/,
    'Train fewer epochs, choose a faster training.instanceType, or allow a longer run in the configuration.',
  ],
  [
    /did not pass the ping health check|Failed to extract model data|container.*(?:health check|failed to start)/i,
    "The model's server did not come up: its log is in CloudWatch under /aws/sagemaker/Endpoints/, and code/inference.py in the archive is the likely cause.",
  ],
  [
    /not authorized to perform|AccessDenied|Access denied|Access Denied/,
    'Add the missing permission to the role that the message names, and deploy the application again.',
  ],
  [
    /Throttling|TooManyRequests|Rate exceeded|SlowDown/,
    'AWS was asked too often by this account, which passes: start the same execution again in a few minutes.',
  ],
  [
    /InternalServerError|InternalFailure|ServiceUnavailable|ServiceException|AWSLambdaException|SdkClientException/,
    'This was a fault on the side of AWS: start the same execution again.',
  ],

  [/^InvalidInput\b/, 'Start again with a corrected input; "{}" runs with the configured defaults.'],
  [/^InvalidDataset\b/, 'Mend the data at the place that is named, and start again.'],
  [/^DatasetUnavailable\b/, 'Check dataset.source, and that the role of the prepare-dataset function may read it.'],
  [/^InvalidArtifact\b/, 'Nothing was deployed; what was in service still is.'],
  [/^QualityGateFailed\b/, 'What was in service still is.'],
  [/^StackBusy\b/, 'Wait until that operation has ended, then start again with this model as modelDataUrl.'],
  [/^StackMissing\b/, 'The serving stack must be there before a model can be deployed.'],
  [/^Refused\b/, 'Set serving.accelerator to "none", and start again with this model as modelDataUrl.'],
  [/^Broken\b/, 'When it is mended, start again with this model as modelDataUrl, which trains nothing.'],
  [/^RolledBack\b/, 'When the cause is gone, start again with this model as modelDataUrl, which trains nothing.'],
  [
    /^SmokeTestFailed\b/,
    'Deploy a sound artifact with modelDataUrl, or mend what the model says of itself and train again.',
  ],
  [
    /^AnotherExecutionRunning\b/,
    'Wait until it has ended, or stop it in the Step Functions console, then start again; nothing was paid for.',
  ],
  [/^EndpointNotReady\b/, 'Look at the endpoint in the SageMaker console; start again when it is InService.'],

  [/^TrainingFailed\b.*\bwas stopped\b/, 'Somebody stopped the training job; start again to train anew.'],
  [/^TrainingFailed\b/, "The job's log is in CloudWatch under /aws/sagemaker/TrainingJobs."],
  [
    /^States\.Timeout\b|^States\.HeartbeatTimeout\b|Task timed out after|Sandbox\.Timedout/,
    'It took longer than it may: look at its log in CloudWatch; less data or a faster instance may do.',
  ],
  [
    /^States\.QueryEvaluationError\b/,
    'This is a fault of the state machine itself: deploy the application again, and report it if it stays.',
  ],
  [/^SageMaker\./, 'SageMaker did not accept the training job: check the training parameters of the input.'],
];

const OTHERWISE =
  "Look at this state in the execution's history in the Step Functions console, and at its log in CloudWatch.";

/** What to do about a failure. */
export function adviseOn(error: string, why: string): string {
  const failure = `${error}: ${why}`;
  return ADVICE.find(([pattern]) => pattern.test(failure))?.[1] ?? OTHERWISE;
}
