import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface NotificationTopicProps {
  /** Each is asked by AWS to confirm. */
  readonly emails: readonly string[];
}

/** Where the application tells people what they should know and need not mend at once. */
export class NotificationTopic extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, { emails }: NotificationTopicProps) {
    super(scope, id);
    this.topic = new sns.Topic(this, 'Topic', {
      enforceSSL: true,
      // AWS's own key, which whoever may publish in this account may use, and which costs nothing.
      masterKey: kms.Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
    });
    for (const email of emails) {
      this.topic.addSubscription(new EmailSubscription(email));
    }
  }
}
