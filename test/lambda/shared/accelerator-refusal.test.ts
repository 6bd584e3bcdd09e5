import { isRefusalOfAccelerator } from '../../../lambda/shared/accelerator-refusal';

test.each([
  [
    'early validation',
    'Early validation failed for change set cdk-deploy-change-set:\nclassifier-dev-serving-accelerated\n' +
      '  Unsupported property [AcceleratorType] (at /Resources/EndpointConfig/Properties/ProductionVariants/0)',
  ],
  [
    'a resource that fails to create',
    'Resource handler returned message: "Properties validation failed for resource EndpointConfig with message: ' +
      '#/ProductionVariants/0: extraneous key [AcceleratorType] is not permitted"',
  ],
  [
    "SageMaker's validation of the type",
    "1 validation error detected: Value 'ml.eia2.xlarge' at 'productionVariants.1.member.acceleratorType' failed to " +
      'satisfy constraint: Member must satisfy enum value set',
  ],
  ["SageMaker's own words", 'Amazon Elastic Inference is no longer available to this account.'],
  ['its words with a space', 'The accelerator type is not supported in this region.'],
  [
    "the accelerator's limit",
    "ResourceLimitExceeded: The account-level service limit 'ml.eia2.xlarge for endpoint usage' is 0 Instances, with " +
      'current utilization of 0 Instances and a request delta of 1 Instances.',
  ],
  [
    'the image for accelerators being gone',
    'Requested image 763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference-eia:1.5.1-cpu-py36-ubuntu16.04 not found.',
  ],
])('%s is a refusal', (_, message) => {
  expect(isRefusalOfAccelerator(message)).toBe(true);
});

test.each([
  [
    "an instance type's limit",
    "ResourceLimitExceeded: The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances, with " +
      'current utilization of 0 Instances and a request delta of 1 Instances.',
  ],
  [
    'a missing right',
    'User: arn:aws:iam::123456789012:user/jane is not authorized to perform: cloudformation:CreateChangeSet on resource: ' +
      'arn:aws:cloudformation:us-east-1:123456789012:stack/classifier-dev-serving-accelerated/*',
  ],
  [
    'a container that does not come up',
    'The container 763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference-eia:1.5.1-cpu-py36-ubuntu16.04 did ' +
      'not pass the ping health check.',
  ],
  ['a stack in a wrong state', 'Stack classifier-dev-serving-accelerated is in ROLLBACK_FAILED state'],
  ['a broken network', 'getaddrinfo ENOTFOUND cloudformation.us-east-1.amazonaws.com'],
])('%s is not', (_, message) => {
  expect(isRefusalOfAccelerator(message)).toBe(false);
});
