import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { failure, success } from '../cloudformation/query';
import { ValidationError } from '../cloudformation/errors';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';

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
    try {
      if (form.get('Action') !== 'Publish') {
        throw new ValidationError(`the local SNS has no action ${form.get('Action') ?? ''}`);
      }
      this.onNotification({
        topicArn: required(form, 'TopicArn'),
        subject: form.get('Subject') ?? '',
        message: required(form, 'Message'),
      });
      return success('Publish', { MessageId: randomUUID() });
    } catch (error) {
      return failure(error);
    }
  }
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === '') {
    throw new ValidationError(`Invalid parameter: ${name}`);
  }
  return value;
}
