import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface NotificationTopicProps {
  /** Known before the topic exists, for the alarms of stacks that are deployed before it. */
  readonly topicName: string;
  /** Each is asked by AWS to confirm. */
  readonly emails: readonly string[];
}

/** Services that tell something by themselves: alarms, and executions that fail. */
const TELLING_SERVICES = ['cloudwatch.amazonaws.com', 'events.amazonaws.com'];

/** Where the application tells people what they should know: failed executions, alarms, a refused accelerator. */
export class NotificationTopic extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, { topicName, emails }: NotificationTopicProps) {
    super(scope, id);
    // AWS's own key for SNS, which would cost nothing, does not let other services of AWS publish.
    const key = new kms.Key(this, 'Key', {
      description: `Encrypts the messages of ${topicName}.`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    this.topic = new sns.Topic(this, 'Topic', { topicName, enforceSSL: true, masterKey: key });
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    const services = TELLING_SERVICES.map((service) => new iam.ServicePrincipal(service));
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'EncryptWhatServicesTell',
        principals: services,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        // In a key's own policy, this key.
        resources: ['*'],
        conditions: ofThisAccount,
      }),
    );
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'LetServicesTell',
        principals: services,
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: ofThisAccount,
      }),
    );
    for (const email of emails) {
      this.topic.addSubscription(new EmailSubscription(email));
    }
  }
}
