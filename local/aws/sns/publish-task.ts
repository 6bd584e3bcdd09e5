import * as v from 'valibot';
import { TaskError } from '../step-functions/errors';
import type { TaskHandler } from '../step-functions/task';

export interface Notification {
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
}

/** SNS refuses an empty message and a subject that is long or has line breaks (API Reference, Publish). */
const SUBJECT = 'Subject must be 1 to 100 printable ASCII characters';
const publishArguments = v.strictObject({
  TopicArn: v.string(),
  Message: v.pipe(v.string(), v.minLength(1, 'Message must not be empty')),
  Subject: v.optional(v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,100}$/, SUBJECT))),
});

/**
 * The task `arn:aws:states:::sns:publish`: each message goes to `onNotification`, as there is nobody here to send e-mail to.
 *
 * @param hasTopic whether a stack has created the topic
 */
export function publishTask(
  hasTopic: (topicArn: string) => boolean,
  onNotification: (notification: Notification) => void,
): TaskHandler {
  return (given) => {
    const parsed = v.safeParse(publishArguments, given);
    if (!parsed.success) {
      return Promise.reject(new TaskError('SNS.InvalidParameterException', parsed.issues[0].message));
    }
    const { TopicArn, Message, Subject = '' } = parsed.output;
    if (!hasTopic(TopicArn)) {
      return Promise.reject(new TaskError('SNS.NotFoundException', `there is no topic ${TopicArn}`));
    }
    onNotification({ topicArn: TopicArn, subject: Subject, message: Message });
    return Promise.resolve({ MessageId: 'local' });
  };
}
