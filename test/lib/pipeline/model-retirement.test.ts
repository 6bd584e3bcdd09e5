import { Match } from 'aws-cdk-lib/assertions';
import { synthesized } from '../synthesized';

const { names, template } = synthesized({ serving: { profile: 'cpu' } });
const training = template(names.trainingStack);

it('may ask whether its own stack is deleted, besides what the serving stacks hold', () => {
  training.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Sid: 'SeeWhatStacksHold' }),
        {
          Sid: 'SeeWhetherStackIsDeleted',
          Effect: 'Allow',
          Action: 'cloudformation:DescribeStacks',
          Resource: { Ref: 'AWS::StackId' },
        },
      ]),
    },
  });
});
