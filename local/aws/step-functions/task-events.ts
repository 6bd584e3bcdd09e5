import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { TaskError } from './errors';
import type { EventDetails } from './history';

type Event = readonly [type: HistoryEventType, details: EventDetails];

/** The events of a task; parameters and output are JSON texts. */
export interface TaskEvents {
  /** What the cause of States.DataLimitExceeded calls the task. */
  readonly name: string;
  scheduled(parameters: string, region: string | undefined, timeoutInSeconds: number | undefined): Event;
  started(): Event;
  succeeded(output: string): Event;
  failed(failure: TaskError): Event;
}

const WHOLE = { truncated: false };

/** The events that the service records for a Resource: a Lambda function's own, or those of a service integration. */
export function taskEvents(resource: string): TaskEvents {
  return /^arn:[^:]*:lambda:/.test(resource) ? functionEvents(resource) : integrationEvents(resource);
}

function functionEvents(resource: string): TaskEvents {
  return {
    name: resource,
    scheduled: (input, _, timeoutInSeconds) => [
      'LambdaFunctionScheduled',
      { lambdaFunctionScheduledEventDetails: { resource, input, inputDetails: WHOLE, timeoutInSeconds } },
    ],
    started: () => ['LambdaFunctionStarted', {}],
    succeeded: (output) => [
      'LambdaFunctionSucceeded',
      { lambdaFunctionSucceededEventDetails: { output, outputDetails: WHOLE } },
    ],
    failed: ({ error, cause }) =>
      error === 'States.Timeout'
        ? ['LambdaFunctionTimedOut', { lambdaFunctionTimedOutEventDetails: { error, cause } }]
        : ['LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: { error, cause } }],
  };
}

function integrationEvents(arn: string): TaskEvents {
  const [, resourceType = 'task', resource = arn] = /^arn:[^:]*:states:::(.+?):([^:]+(?:\.sync:2)?)$/.exec(arn) ?? [];
  const service = { resourceType, resource };
  return {
    name: resourceType,
    scheduled: (parameters, region, timeoutInSeconds) => [
      'TaskScheduled',
      { taskScheduledEventDetails: { ...service, parameters, region, timeoutInSeconds } },
    ],
    started: () => ['TaskStarted', { taskStartedEventDetails: service }],
    succeeded: (output) => [
      'TaskSucceeded',
      { taskSucceededEventDetails: { ...service, output, outputDetails: WHOLE } },
    ],
    failed: ({ error, cause }) =>
      error === 'States.Timeout'
        ? ['TaskTimedOut', { taskTimedOutEventDetails: { ...service, error, cause } }]
        : ['TaskFailed', { taskFailedEventDetails: { ...service, error, cause } }],
  };
}
