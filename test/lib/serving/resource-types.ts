/** The types of what every serving stack holds, whatever its profile, in the order of their names. */
export const ALWAYS = [
  'AWS::CloudFormation::WaitConditionHandle',
  'AWS::SSM::Parameter',
  'AWS::SageMaker::Endpoint',
  'AWS::SageMaker::EndpointConfig',
  'AWS::SageMaker::Model',
];
