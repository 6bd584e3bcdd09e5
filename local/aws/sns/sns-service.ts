import { text } from 'node:stream/consumers';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import { QueryAnswers } from '../query-protocol';

const answers = new QueryAnswers('http://sns.amazonaws.com/doc/2010-03-31/');

export interface Notification {
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
}

/** SNS for publishers: each message goes to `onNotification`, as there is nobody here to send e-mail to. */
export class SnsService implements AwsService {
  constructor(private readonly onNotification: (notification: Notification) => void) {}

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const form = new URLSearchParams(await text(request.body));
    const action = form.get('Action') ?? '';
    if (action !== 'Publish') {
      return answers.failure(400, 'InvalidAction', `the local SNS has no action ${action}`);
    }
    const missing = ['TopicArn', 'Message'].find((name) => !form.get(name));
    if (missing !== undefined) {
      return answers.failure(400, 'InvalidParameter', `Invalid parameter: ${missing}`);
    }
    const value = (name: string) => form.get(name) ?? '';
    this.onNotification({ topicArn: value('TopicArn'), subject: value('Subject'), message: value('Message') });
    return answers.success(action, { MessageId: 'local' });
  }
}
