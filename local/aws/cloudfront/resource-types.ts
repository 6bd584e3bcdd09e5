import * as v from 'valibot';
import { parseProperties, type ResourceProvider } from '../cloudformation/provider';
import { recordingProvider } from '../cloudformation/recorded';
import { account } from '../account';

/** The properties of AWS::CloudFront::Function. */
const edgeFunction = v.object({
  Name: v.string(),
  FunctionCode: v.string(),
  FunctionConfig: v.strictObject({ Comment: v.optional(v.string()), Runtime: v.literal('cloudfront-js-2.0') }),
  AutoPublish: v.literal(true, 'must be true: here, a function has no stage but LIVE'),
});

/** The managed policies CachingDisabled and AllViewerExceptHostHeader, by which each request goes on as it came. */
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER_EXCEPT_HOST_HEADER = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

/** The properties of AWS::CloudFront::Distribution. */
const distribution = v.object({
  DistributionConfig: v.strictObject({
    Comment: v.optional(v.string()),
    Enabled: v.literal(true),
    HttpVersion: v.optional(v.string()),
    IPV6Enabled: v.optional(v.boolean()),
    DefaultCacheBehavior: v.strictObject({
      AllowedMethods: v.array(v.string()),
      CachePolicyId: v.literal(CACHING_DISABLED),
      OriginRequestPolicyId: v.literal(ALL_VIEWER_EXCEPT_HOST_HEADER),
      Compress: v.optional(v.boolean()),
      FunctionAssociations: v.optional(
        v.array(v.strictObject({ EventType: v.literal('viewer-request'), FunctionARN: v.string() })),
        [],
      ),
      TargetOriginId: v.string(),
      ViewerProtocolPolicy: v.picklist(['allow-all', 'https-only', 'redirect-to-https']),
    }),
    Origins: v.tuple([
      v.strictObject({
        Id: v.string(),
        DomainName: v.string(),
        OriginPath: v.optional(v.string()),
        CustomOriginConfig: v.strictObject({
          OriginProtocolPolicy: v.literal('https-only'),
          OriginReadTimeout: v.optional(v.number()),
          OriginSSLProtocols: v.optional(v.array(v.string())),
        }),
      }),
    ]),
  }),
});

export const schemas = { Function: edgeFunction, Distribution: distribution } as const;

const functionArn = (name: string) => `arn:aws:cloudfront::${account}:function/${name}`;

/** The types AWS::CloudFront::*. Each resource is checked and recorded when it is deployed; Distribution runs what is recorded. */
export const cloudFrontProviders: Readonly<Record<string, ResourceProvider>> = {
  'AWS::CloudFront::Function': recordingProvider(
    { carriedOut: Object.keys(edgeFunction.entries), recorded: {} },
    { name: 'Name', ref: functionArn, attributes: (name) => ({ FunctionARN: functionArn(name) }) },
    (resource) => {
      parseProperties(edgeFunction, resource);
    },
  ),
  'AWS::CloudFront::Distribution': recordingProvider(
    { carriedOut: Object.keys(distribution.entries), recorded: { Tags: 'nobody reads them here' } },
    { attributes: (id) => ({ Id: id, DomainName: `${id.toLowerCase()}.cloudfront.net` }) },
    (resource) => {
      parseProperties(distribution, resource);
    },
  ),
};
