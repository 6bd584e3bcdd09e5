/*
 * What to do about a failure, by what its error's name and message have in common. The first that matches counts:
 * causes that show through several errors come before the errors themselves.
 */
export const ADVICE = {
  instanceType: {
    failure: /Unsupported instance type|is not available in this region/,
    advice: 'This region has no such instances for this kind of job: start again with another instance type.',
  },
  quota: {
    failure: /account-level service limit|ResourceLimitExceeded/,
    advice:
      'Ask for more of this quota in the Service Quotas console, or choose another instance type or fewer instances, then ' +
      'start again.',
  },
  noCapacity: {
    failure: /CapacityError|InsufficientCapacity|Unable to provision requested ML compute capacity/,
    advice: 'AWS has none of these instances free at the moment: start again later, or with another instance type.',
  },
  baseModel: {
    failure:
      /base model .* cannot be loaded|is not a valid model identifier|is not a local folder|RepositoryNotFound|Repository Not Found|GatedRepo/,
    advice:
      'Correct training.baseModel: it must be a public model id of the Hugging Face hub, or the s3:// URL of a folder with one.',
  },
  batchMemory: {
    failure: /^ProcessingFailed\b.*(?:exit code: 137|want of memory)/,
    advice:
      'The memory did not suffice: start the same execution again with a larger instanceType, which goes on where this one ended.',
  },
  memory: {
    failure: /CUDA out of memory|OutOfMemory|DefaultCPUAllocator|exit code:? (?:137|-9)\b|signal: killed/i,
    advice:
      'The memory did not suffice: lower training.batchSize or training.maxLength, or choose a larger training.instanceType.',
  },
  runtime: {
    failure: /MaxRuntimeExceeded|MaxWaitTimeExceeded/,
    advice: 'Train fewer epochs, choose a faster training.instanceType, or allow a longer run in the configuration.',
  },
  modelServer: {
    failure:
      /did not pass the ping health check|Failed to extract model data|container.*(?:health check|failed to start)/i,
    advice:
      "The model's server did not come up: its log is in CloudWatch under /aws/sagemaker/Endpoints/, and code/inference.py in the archive is the likely cause.",
  },
  permission: {
    failure: /not authorized to perform|AccessDenied|Access denied|Access Denied/,
    advice: 'Add the missing permission to the role that the message names, and deploy the application again.',
  },
  throttling: {
    failure: /Throttling|TooManyRequests|Rate exceeded|SlowDown/,
    advice: 'AWS was asked too often by this account, which passes: start the same execution again in a few minutes.',
  },
  faultOfAws: {
    failure:
      /InternalServerError|InternalFailure|ServiceUnavailable|ServiceException|AWSLambdaException|SdkClientException/,
    advice: 'This was a fault on the side of AWS: start the same execution again.',
  },
  input: {
    failure: /^InvalidInput\b/,
    advice: 'Start again with a corrected input.',
  },
  dataset: { failure: /^InvalidDataset\b/, advice: 'Mend the data at the place that is named, and start again.' },
  datasetUnavailable: {
    failure: /^DatasetUnavailable\b/,
    advice: "Check the URL, and that the role of this step's function may read it.",
  },
  artifact: {
    failure: /^InvalidArtifact\b/,
    advice: 'Nothing was deployed: start again with another modelDataUrl, or train anew.',
  },
  gate: {
    failure: /^QualityGateFailed\b/,
    advice: 'Mend the data or the training, or lower gate.minimum where such a model is good enough.',
  },
  stackBusy: {
    failure: /^StackBusy\b/,
    advice: 'Wait until that operation has ended, then start again with this model as modelDataUrl.',
  },
  stackMissing: {
    failure: /^StackMissing\b/,
    advice: 'The serving stack must be there before a model can be deployed.',
  },
  refused: {
    failure: /^Refused\b/,
    advice: 'Set serving.accelerator to "none", and start again with this model as modelDataUrl.',
  },
  broken: {
    failure: /^Broken\b/,
    advice: 'When it is mended, start again with this model as modelDataUrl, which trains nothing.',
  },
  rolledBack: {
    failure: /^RolledBack\b/,
    advice: 'When the cause is gone, start again with this model as modelDataUrl, which trains nothing.',
  },
  superseded: {
    failure: /^Superseded\b/,
    advice: 'Where this model is to serve all the same, start again with it as modelDataUrl, which trains nothing.',
  },
  smokeTest: {
    failure: /^SmokeTestFailed\b/,
    advice: 'Deploy a sound artifact with modelDataUrl, or mend what the model says of itself and train again.',
  },
  anotherExecution: {
    failure: /^AnotherExecutionRunning\b/,
    advice:
      'Wait until it has ended, or stop it in the Step Functions console, then start again; nothing was paid for.',
  },
  endpointNotReady: {
    failure: /^EndpointNotReady\b/,
    advice: 'Look at the endpoint in the SageMaker console; start again when it is InService.',
  },
  tooManyErrors: {
    failure: /^TooManyErrors\b/,
    advice: 'Mend these rows, or start again with a higher maxErrors, or without.',
  },
  partsMissing: {
    failure: /^PartsMissing\b/,
    advice: 'What is finished stays so: the same execution, started again, does the rest.',
  },
  processing: {
    failure: /^ProcessingFailed\b/,
    advice:
      "Start the same execution again, which goes on where this one ended; the job's log is in CloudWatch under /aws/sagemaker/ProcessingJobs.",
  },
  trainingStopped: {
    failure: /^TrainingFailed\b.*\bwas stopped\b/,
    advice: 'Somebody stopped the training job; start again to train anew.',
  },
  candidates: {
    failure: /^AllCandidatesFailed\b/,
    advice: "Mend what the reasons name; the jobs' logs are in CloudWatch under /aws/sagemaker/TrainingJobs.",
  },
  training: {
    failure: /^TrainingFailed\b/,
    advice: "The job's log is in CloudWatch under /aws/sagemaker/TrainingJobs.",
  },
  timeout: {
    failure: /^States\.Timeout\b|^States\.HeartbeatTimeout\b|Task timed out after|Sandbox\.Timedout/,
    advice: 'It took longer than it may: look at its log in CloudWatch; less data or a faster instance may do.',
  },
  queryEvaluation: {
    failure: /^States\.QueryEvaluationError\b/,
    advice: 'This is a fault of the state machine itself: deploy the application again, and report it if it stays.',
  },
  trainingParameters: {
    failure: /^SageMaker\./,
    advice: 'SageMaker did not accept the job: check its parameters in the input.',
  },
  otherwise: {
    failure: /(?:)/,
    advice:
      "Look at this state in the execution's history in the Step Functions console, and at its log in CloudWatch.",
  },
} as const satisfies Readonly<Record<string, { readonly failure: RegExp; readonly advice: string }>>;

/** What to do about a failure. */
export function adviseOn(error: string, why: string): string {
  const failure = `${error}: ${why}`;
  const found = Object.values(ADVICE).find(({ failure: pattern }) => pattern.test(failure));
  return (found ?? ADVICE.otherwise).advice;
}
