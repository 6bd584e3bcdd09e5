import { explainStackError } from '../../../lambda/shared/stack-errors';

const STACK = 'arn:aws:cloudformation:us-east-1:123456789012:stack/cola-dev-serving/3f6a';

test.each([
  ['ValidationError', 'No updates are to be performed.', 'NothingToDo'],
  ['ValidationError', `Stack:${STACK} is in UPDATE_IN_PROGRESS state and can not be updated.`, 'StackBusy'],
  [
    'ValidationError',
    `Stack:${STACK} is in UPDATE_COMPLETE_CLEANUP_IN_PROGRESS state and can not be updated.`,
    'StackBusy',
  ],
  ['ValidationError', `Stack:${STACK} is in UPDATE_ROLLBACK_IN_PROGRESS state and can not be updated.`, 'StackBusy'],
  ['ValidationError', `Stack:${STACK} is in CREATE_IN_PROGRESS state and can not be updated.`, 'StackBusy'],
  ['ValidationError', `Stack:${STACK} is in UPDATE_ROLLBACK_FAILED state and can not be updated.`, 'Broken'],
  ['ValidationError', `Stack:${STACK} is in ROLLBACK_COMPLETE state and can not be updated.`, 'Broken'],
  ['ValidationError', `Stack:${STACK} is in DELETE_IN_PROGRESS state and can not be updated.`, 'Broken'],
  ['ValidationError', `Stack:${STACK} is in REVIEW_IN_PROGRESS state and can not be updated.`, 'Broken'],
  ['ValidationError', 'Stack [cola-dev-serving] does not exist', 'StackMissing'],
  ['ValidationError', 'Stack with id cola-dev-serving does not exist', 'StackMissing'],
  ['ValidationError', 'Parameters: [Variant] do not exist in the template', 'Broken'],
  ['ValidationError', 'Parameters: [Variant] must have values', 'Broken'],
  ['ValidationError', "Parameter 'ModelDataUrl' must match pattern ^$|^s3://.+", 'Broken'],
  ['ValidationError', 'Template error: instance of Fn::GetAtt references undefined resource Model', 'Broken'],
  ['ValidationError', 'AcceleratorType is not supported: Elastic Inference is no longer available', 'Refused'],
  ['ValidationError', 'Value ml.eia2.medium at acceleratorType failed to satisfy constraint', 'Refused'],
  [
    'AccessDenied',
    `User: arn:aws:sts::123456789012:assumed-role/deploy is not authorized to perform: cloudformation:UpdateStack on resource: ${STACK}`,
    'Broken',
  ],
  ['ValidationError', 'Role arn:aws:iam::123456789012:role/cfn-exec is invalid or cannot be assumed', 'Broken'],
  ['InsufficientCapabilitiesException', 'Requires capabilities : [CAPABILITY_IAM]', 'Broken'],
  ['Throttling', 'Rate exceeded', 'Throttling'],
  ['ServiceUnavailable', 'Service is unable to handle request', 'ServiceUnavailable'],
])('%s "%s" is %s', (name, message, expected) => {
  const error = Object.assign(new Error(message), { name });
  expect(explainStackError(error, 'cola-dev-serving')).toMatchObject({ name: expected });
});
