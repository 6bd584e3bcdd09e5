import * as v from 'valibot';
import { parseProperties, type PropertyTable, type ResourceProvider } from '../cloudformation/provider';
import { identified, recordingProvider, type Identity } from '../cloudformation/recorded';
import { declaredResponse } from './gateway-responses';
import { usagePlan } from './usage-plan';

const method = v.object({
  RestApiId: v.string(),
  ResourceId: v.string(),
  HttpMethod: v.string(),
  AuthorizationType: v.optional(v.picklist(['NONE', 'AWS_IAM']), 'NONE'),
  ApiKeyRequired: v.optional(v.boolean(), false),
  Integration: v.strictObject({
    Type: v.literal('AWS_PROXY'),
    IntegrationHttpMethod: v.literal('POST'),
    Uri: v.string(),
  }),
});
export type Method = v.InferOutput<typeof method>;

/** A resource of a deployed stack, as much of it as the gateway reads. */
export interface ApiResource {
  readonly type: string;
  readonly physicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The part of each type's properties that this gateway carries out. */
export const schemas = {
  ApiKey: v.object({ Enabled: v.optional(v.boolean(), false), Value: v.optional(v.string()) }),
  Deployment: v.object({ RestApiId: v.string() }),
  GatewayResponse: declaredResponse,
  Method: method,
  Resource: v.object({ RestApiId: v.string(), ParentId: v.string(), PathPart: v.string() }),
  RestApi: v.object({}),
  Stage: v.object({
    RestApiId: v.string(),
    DeploymentId: v.string(),
    StageName: v.string(),
    MethodSettings: v.optional(
      v.array(
        v.strictObject({
          HttpMethod: v.literal('*'),
          ResourcePath: v.literal('/*'),
          ThrottlingBurstLimit: v.optional(v.number()),
          ThrottlingRateLimit: v.optional(v.number()),
          DataTraceEnabled: v.optional(v.literal(false)),
          LoggingLevel: v.optional(v.string()),
          MetricsEnabled: v.optional(v.boolean()),
        }),
      ),
      [],
    ),
  }),
  UsagePlan: usagePlan,
  UsagePlanKey: v.object({ KeyId: v.string(), KeyType: v.literal('API_KEY'), UsagePlanId: v.string() }),
} as const;

/**
 * The resources of a type, with their physical ids.
 *
 * @throws ValiError when one asks for what this gateway does not know
 */
export function ofType<T extends keyof typeof schemas>(type: T, resources: readonly ApiResource[]) {
  return resources
    .filter((resource) => resource.type === `AWS::ApiGateway::${type}`)
    .map(({ physicalId, properties }) => ({ id: physicalId, ...v.parse(schemas[type], properties) }));
}

const FOR_PEOPLE = 'for people';

/** The properties that are kept and have no effect, and what the resources answer. */
const records: Readonly<Record<keyof typeof schemas, { recorded: PropertyTable['recorded']; identity: Identity }>> = {
  ApiKey: {
    recorded: { Description: FOR_PEOPLE, Name: FOR_PEOPLE, StageKeys: 'the usage plan says where the key is good' },
    identity: identified('APIKeyId'),
  },
  Deployment: { recorded: { Description: FOR_PEOPLE }, identity: identified('DeploymentId') },
  GatewayResponse: { recorded: {}, identity: identified('Id') },
  Method: { recorded: {}, identity: {} },
  Resource: { recorded: {}, identity: identified('ResourceId') },
  RestApi: {
    recorded: {
      Description: FOR_PEOPLE,
      EndpointConfiguration: 'the API is served on loopback',
      Name: FOR_PEOPLE,
      Tags: 'nobody reads them here',
    },
    identity: { attributes: (id) => ({ RestApiId: id, RootResourceId: `${id}-root` }) },
  },
  Stage: {
    recorded: {
      AccessLogSetting: 'requests are not logged here',
      Description: FOR_PEOPLE,
      TracingEnabled: 'nothing is traced here',
    },
    identity: { name: 'StageName' },
  },
  UsagePlan: { recorded: { Description: FOR_PEOPLE, UsagePlanName: FOR_PEOPLE }, identity: identified('Id') },
  UsagePlanKey: { recorded: {}, identity: identified('Id') },
};

/** The types AWS::ApiGateway::*. Each resource is checked and recorded when it is deployed; RestApi serves what is recorded. */
export const apiGatewayProviders: Readonly<Record<string, ResourceProvider>> = {
  ...Object.fromEntries(
    Object.entries(schemas).map(([type, schema]) => {
      const { recorded, identity } = records[type as keyof typeof schemas];
      const properties = { carriedOut: Object.keys(schema.entries), recorded };
      return [
        `AWS::ApiGateway::${type}`,
        recordingProvider(properties, identity, (resource) => {
          parseProperties(schema, resource);
        }),
      ];
    }),
  ),
  'AWS::ApiGateway::Account': recordingProvider(
    { carriedOut: [], recorded: { CloudWatchRoleArn: 'requests are not logged here' } },
    identified('Id'),
  ),
};
