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
  ENDPOINT_NAME: 'cola-dev',
  TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:cola-dev',
  METRIC_NAMESPACE: 'cola-dev',
  NAME_PREFIX: 'cola-dev-probe',
  EXECUTION_ROLE_ARN: 'arn:aws:iam::123456789012:role/serving',
  IMAGE_URI: '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference-eia:1.5.1-cpu-py36-ubuntu16.04',
  INSTANCE_TYPE: 'ml.m5.large',
  ALLOWED_ORIGINS: 'https://app.example.com,https://other.example.com',
  SERVING: JSON.stringify({ profile: 'elastic-inference', untraceableModel: 'cpu', memorySizeInMb: null }),
  DEFAULTS: JSON.stringify({
    dataset: { source: 's3://data/sentences.csv', testFraction: 0.25 },
    training: {
      baseModel: 'bert-base-uncased',
      epochs: 3,
      batchSize: 32,
      learningRate: 2e-5,
      maxLength: 64,
      warmupRatio: 0.1,
      weightDecay: 0.01,
      seed: 42,
      instanceType: 'ml.g5.xlarge',
      instanceCount: 1,
    },
    gate: { metric: 'matthews_correlation', minimum: 0.25 },
    serving: { accelerator: 'none' },
  }),
});
