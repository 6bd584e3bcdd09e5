import { join } from 'node:path';
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { TextClassifier } from 'classifier-on-sagemaker';
import type { Construct } from 'constructs';

/**
 * Sorts the mails of customers: `POST /mails` with `{"text": "…"}` answers which department has to answer one, and
 * whether it is urgent. Two classifiers know, each trained on mails of its own.
 */
export class SupportDesk extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const departments = new TextClassifier(this, 'Departments', {
      gate: { metric: 'macro_f1', minimum: 0.8 },
      serving: { profile: 'serverless' },
      api: { authorization: 'iam' },
    });
    const tags = new TextClassifier(this, 'Tags', {
      serving: { profile: 'serverless' },
      api: { authorization: 'iam' },
    });

    const sortMail = new NodejsFunction(this, 'SortMail', {
      entry: join(__dirname, 'sort-mail.ts'),
      runtime: Runtime.NODEJS_22_X,
      // A serverless endpoint that nobody has asked for a while takes seconds to answer.
      timeout: Duration.seconds(28),
      environment: { DEPARTMENTS_URL: departments.classifyUrl, TAGS_URL: tags.classifyUrl },
      // With what it signs its requests by.
      bundling: { bundleAwsSDK: true },
    });
    departments.grantClassify(sortMail);
    tags.grantClassify(sortMail);

    // For the help desk's webhook, which sends the key as the header x-api-key.
    const api = new apigateway.RestApi(this, 'Api', { cloudWatchRole: false });
    api.root
      .addResource('mails')
      .addMethod('POST', new apigateway.LambdaIntegration(sortMail), { apiKeyRequired: true });
    const usagePlan = api.addUsagePlan('UsagePlan', {
      apiStages: [{ stage: api.deploymentStage }],
      throttle: { rateLimit: 10, burstLimit: 20 },
    });
    usagePlan.addApiKey(api.addApiKey('ApiKey'));

    // Whoever puts newer mails there by then has them learned.
    new Rule(this, 'LearnDepartments', {
      schedule: Schedule.cron({ day: '1', hour: '3', minute: '0' }),
      targets: [
        new SfnStateMachine(departments.stateMachine, {
          input: RuleTargetInput.fromObject({
            dataset: { source: departments.dataBucket.s3UrlForObject('departments.csv') },
          }),
        }),
      ],
    });
    new Alarm(this, 'NothingAnswers', {
      metric: departments.metricServerErrors(),
      threshold: 5,
      evaluationPeriods: 1,
    }).addAlarmAction(new SnsAction(departments.notificationTopic));

    new CfnOutput(this, 'MailsUrl', { value: `${api.url}mails` });
  }
}
