/** The log groups that SageMaker writes the logs of all jobs of an account and region to, to a stream JOB/HOST of each. */
export const JOB_LOG_GROUPS = {
  training: '/aws/sagemaker/TrainingJobs',
  processing: '/aws/sagemaker/ProcessingJobs',
} as const;

/** Of the CloudWatch console, by the partition of AWS. */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/**
 * The page of the CloudWatch console that lists the log streams of a SageMaker job, one for each of its hosts: their whole names
 * are not known before they are there.
 *
 * @returns undefined for the ARN of anything else
 */
export function jobLogUrl(jobArn: string): string | undefined {
  const [, partition = '', region = '', kind, name = ''] =
    /^arn:([\w-]+):sagemaker:([\w-]+):\d+:(training|processing)-job\/([\w-]+)$/.exec(jobArn) ?? [];
  const console = CONSOLES[partition];
  // Behind the #, the console has its own spelling: $252F is a slash within a name, $3F and $3D begin and fill a query.
  return console === undefined || kind === undefined
    ? undefined
    : `https://${console}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/` +
        `${JOB_LOG_GROUPS[kind as keyof typeof JOB_LOG_GROUPS].replaceAll('/', '$252F')}$3FlogStreamNameFilter$3D${name}`;
}
