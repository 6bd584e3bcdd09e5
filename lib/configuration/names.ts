import { type Configuration, prefixOf } from './configuration';
import { endpointKindOf } from './serving-configuration';

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
  readonly batchStack: string;
  readonly stateMachine: string;
  readonly batchStateMachine: string;
  readonly notificationTopic: string;
  /** `<prefix>-<kind>`, with the kind that the configuration asks for: another kind is another endpoint. */
  readonly endpoint: string;
  /** Every name that the endpoint may have, before or after a change of the configuration; `*` as IAM has it. */
  readonly endpointPatterns: readonly string[];
  /** Of the parameter in SSM that tells which of them it has now. */
  readonly endpointNameParameter: string;
}

export function namesOf(configuration: Configuration): Names {
  const prefix = prefixOf(configuration);
  return {
    prefix,
    storageStack: `${prefix}-storage`,
    servingStack: `${prefix}-serving`,
    servingAcceleratedStack: `${prefix}-serving-accelerated`,
    trainingStack: `${prefix}-training`,
    apiStack: `${prefix}-api`,
    batchStack: `${prefix}-batch`,
    stateMachine: `${prefix}-pipeline`,
    batchStateMachine: `${prefix}-batch`,
    notificationTopic: `${prefix}-notifications`,
    endpoint: `${prefix}-${endpointKindOf(configuration.serving)}`,
    endpointPatterns: ['instance', 'serverless', 'ml-*'].map((kind) => `${prefix}-${kind}`),
    endpointNameParameter: `/${prefix}/endpoint-name`,
  };
}
