import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { JOB_LOG_GROUPS } from '../../lambda/shared/job-log';
import type { Names } from '../configuration/names';
import { AtDestroy } from '../functions/at-destroy';
import { LambdaFunction } from '../functions/lambda-function';

export interface LogExpiryProps {
  readonly names: Names;
  readonly logRetentionDays: RetentionDays;
}

/**
 * Has the logs expire, and go with the stack, that are in no group of any stack: those of jobs, in groups that SageMaker
 * shares between all jobs of the account, and those of endpoints that scale, whose groups SageMaker makes.
 *
 * Where it cannot delete them, the stack is not deleted, for nothing would delete them afterwards: the reason is among
 * the stack's events, and a second deletion goes on.
 */
export class LogExpiry extends Construct {
  constructor(scope: Construct, id: string, { names, logRetentionDays }: LogExpiryProps) {
    super(scope, id);
    const { prefix } = names;
    const group = (name: string): string =>
      Stack.of(this).formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: name,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    const jobGroups = Object.values(JOB_LOG_GROUPS).map(group);

    const lambdaFunction = new LambdaFunction(this, 'Function', {
      folder: 'expire-logs',
      description: 'Deletes old logs of jobs, and has those of endpoints that scale expire.',
      environment: { PREFIX: prefix, LOG_RETENTION_DAYS: String(logRetentionDays) },
      // One call for each stream.
      timeout: Duration.minutes(15),
      logRetentionDays,
    });
    const allow = (sid: string, actions: string[], resources: string[]): void => {
      lambdaFunction.addToRolePolicy(new iam.PolicyStatement({ sid, actions, resources }));
    };
    // What is asked of a group itself, IAM sees with `:log-stream:` behind its name.
    allow(
      'ListStreamsOfJobs',
      ['logs:DescribeLogStreams'],
      jobGroups.map((arn) => `${arn}:*`),
    );
    // As long as a UUID, which no job's name is that has another prefix: `<prefix>-2-<uuid>`, say.
    const jobs = `${prefix}-${[8, 4, 4, 4, 12].map((length) => '?'.repeat(length)).join('-')}`;
    allow(
      'DeleteStreamsOfOwnJobs',
      ['logs:DeleteLogStream'],
      jobGroups.map((arn) => `${arn}:log-stream:${jobs}/*`),
    );
    // It is asked of all groups, whatever prefix is looked for: IAM sees no name.
    allow('ListGroups', ['logs:DescribeLogGroups'], [group('*')]);
    allow(
      'ExpireLogsOfEndpoints',
      ['logs:DeleteLogGroup', 'logs:PutRetentionPolicy'],
      [`${group(`/aws/sagemaker/Endpoints/${prefix}-ml-*`)}:*`],
    );

    // What is kept for ever does not expire, and CloudWatch takes no such retention.
    if (logRetentionDays !== RetentionDays.INFINITE) {
      new events.Rule(this, 'Daily', {
        description: 'Has logs expire, whether or not anything is executed.',
        schedule: events.Schedule.rate(Duration.days(1)),
        targets: [new FunctionTarget(lambdaFunction)],
      });
    }
    new AtDestroy(this, 'AtDestroy', lambdaFunction);
  }
}
