import { type Configuration, prefixOf } from './configuration';
import { type EndpointClass, endpointClassOf } from './serving-configuration';

/**
 * The names that more than one stack must know before either exists. All begin with the prefix, so that two
 * configurations with another name or stage never share one; every other resource gets a name from CloudFormation.
 */
export interface Names {
  /** `<name>-<stage>`; training jobs are called `<prefix>-<uuid>`. */
  readonly prefix: string;
  readonly storageStack: string;
  readonly servingStack: string;
  readonly servingAcceleratedStack: string;
  readonly trainingStack: string;
  readonly apiStack: string;
  readonly stateMachine: string;
  readonly notificationTopic: string;
  /** The endpoint's: one of `endpoints`. */
  readonly endpoint: string;
  /** `<prefix>-instance` and `<prefix>-serverless`, of which there is one at a time. */
  readonly endpoints: Readonly<Record<EndpointClass, string>>;
}

export function namesOf(configuration: Configuration): Names {
  const prefix = prefixOf(configuration);
  const endpoints = { instance: `${prefix}-instance`, serverless: `${prefix}-serverless` };
  return {
    prefix,
    storageStack: `${prefix}-storage`,
    servingStack: `${prefix}-serving`,
    servingAcceleratedStack: `${prefix}-serving-accelerated`,
    trainingStack: `${prefix}-training`,
    apiStack: `${prefix}-api`,
    stateMachine: `${prefix}-pipeline`,
    notificationTopic: `${prefix}-notifications`,
    endpoint: endpoints[endpointClassOf(configuration.serving)],
    endpoints,
  };
}
