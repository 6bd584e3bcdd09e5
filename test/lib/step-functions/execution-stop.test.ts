import { Match } from 'aws-cdk-lib/assertions';
import { synthesized } from '../synthesized';

const { names, template } = synthesized({ serving: { profile: 'cpu' } });

describe.each([
  ['training', names.trainingStack, names.stateMachine, 'Training'],
  ['batch', names.batchStack, names.batchStateMachine, 'Processing'],
])('in the %s stack', (_, stackName, stateMachineName, kind) => {
  const stack = template(stackName);
  const [stateMachine = ''] = Object.keys(stack.findResources('AWS::StepFunctions::StateMachine'));
  const variables = { STATE_MACHINE_ARN: { Ref: stateMachine } };
  const [lambdaFunction = ''] = Object.keys(
    stack.findResources('AWS::Lambda::Function', {
      Properties: { Environment: { Variables: Match.objectLike(variables) } },
    }),
  );
  const statements = Object.entries(stack.findResources('AWS::IAM::Policy')).flatMap(([policy, { Properties }]) =>
    (Properties as { PolicyDocument: { Statement: { Sid?: string }[] } }).PolicyDocument.Statement.map((statement) => ({
      policy,
      statement,
    })),
  );
  const found = (sid: string) => statements.filter(({ statement }) => statement.Sid === sid);

  it('the executions are stopped while the state machine and the permissions are still there', () => {
    stack.hasResource('AWS::CloudFormation::CustomResource', {
      Properties: { ServiceToken: { 'Fn::GetAtt': [lambdaFunction, 'Arn'] } },
      DependsOn: Match.arrayWith([lambdaFunction, found('StopRunning')[0]?.policy]),
      DeletionPolicy: 'Delete',
    });
  });

  it('those of its own state machine alone may be listed and stopped', () => {
    expect(found('ListRunning').map(({ statement }) => statement)).toMatchObject([
      { Action: 'states:ListExecutions', Resource: { Ref: stateMachine } },
    ]);
    const [stop] = found('StopRunning');
    expect(stop?.statement).toMatchObject({ Action: 'states:StopExecution' });
    expect(JSON.stringify(stop?.statement)).toMatch(new RegExp(`:execution:${stateMachineName}:\\*"`));
  });

  it('it may be asked whether the stack is deleted', () => {
    const policy = found('StopRunning')[0]?.policy;
    const asking = found('SeeWhetherStackIsDeleted').filter((each) => each.policy === policy);
    expect(asking.map(({ statement }) => statement)).toMatchObject([{ Resource: { Ref: 'AWS::StackId' } }]);
  });

  it('Step Functions may stop the jobs of what is stopped', () => {
    const stopping = statements.filter(({ statement }) =>
      JSON.stringify(statement).includes(`sagemaker:Stop${kind}Job`),
    );
    expect(stopping).not.toEqual([]);
  });

  it('nothing is executed in turn that would have to be stopped too', () => {
    expect(JSON.stringify(stack.findResources('AWS::StepFunctions::StateMachine'))).not.toContain('startExecution');
  });
});
