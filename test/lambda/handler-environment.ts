/*
 * Handlers read their environment when they are loaded: import this before a handler.
 */
Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  DATA_BUCKET: 'data-bucket',
  ARTIFACTS_BUCKET: 'artifacts-bucket',
  SOURCE_URI: 's3://code/sourcedir.tar.gz',
  ACCELERATED_STACK_NAME: 'cola-dev-serving-accelerated',
  ENDPOINT_NAME: 'cola-dev-instance',
  ENDPOINT_NAME_PARAMETER: '/cola-dev/endpoint-name',
  SERVING_STACK_NAME: 'cola-dev-serving',
  STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:cola-dev-pipeline',
  CLOUDFORMATION_ROLE_ARN: 'arn:aws:iam::123456789012:role/serving-deployment',
  METRIC_NAMESPACE: 'cola-dev',
  NAME_PREFIX: 'cola-dev-probe',
  PREFIX: 'cola-dev',
  LOG_RETENTION_DAYS: '30',
  EXECUTION_ROLE_ARN: 'arn:aws:iam::123456789012:role/serving',
  IMAGE_URI: '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference-eia:1.5.1-cpu-py36-ubuntu16.04',
  INSTANCE_TYPE: 'ml.m5.large',
  ALLOWED_ORIGINS: 'https://app.example.com,https://other.example.com',
  SERVING: JSON.stringify({
    profile: 'elastic-inference',
    untraceableModel: 'cpu',
    memorySizeInMb: null,
    python: 'cp312',
  }),
});
