import * as v from 'valibot';
import { ValidationException } from './sagemaker-error';

const name = v.pipe(v.string(), v.regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/));

/** CreateModel's fields, which are AWS::SageMaker::Model's properties too. What a local server does not need stays as it is. */
const model = v.looseObject({
  ModelName: name,
  ExecutionRoleArn: v.string(),
  EnableNetworkIsolation: v.optional(v.union([v.boolean(), v.string()])),
  VpcConfig: v.optional(v.unknown()),
  PrimaryContainer: v.looseObject({
    Image: v.string(),
    ModelDataUrl: v.pipe(v.string(), v.startsWith('s3://')),
    Environment: v.optional(v.record(v.string(), v.string()), {}),
  }),
});

const endpointConfig = v.looseObject({
  EndpointConfigName: name,
  ProductionVariants: v.strictTuple([
    v.looseObject({
      VariantName: name,
      ModelName: name,
      InstanceType: v.optional(v.string()),
      ServerlessConfig: v.optional(v.unknown()),
      AcceleratorType: v.optional(v.pipe(v.string(), v.regex(/^ml\.eia[12]\.(?:medium|large|xlarge)$/))),
      ContainerStartupHealthCheckTimeoutInSeconds: v.optional(
        v.pipe(v.union([v.number(), v.string()]), v.transform(Number)),
      ),
    }),
  ]),
});

const endpoint = v.looseObject({ EndpointName: name, EndpointConfigName: name });

export type ModelRequest = v.InferOutput<typeof model>;
export type EndpointConfigRequest = v.InferOutput<typeof endpointConfig>;
export type EndpointRequest = v.InferOutput<typeof endpoint>;

/** Throws ValidationException that names the field. A model has one container, with its data as a tar.gz at ModelDataUrl. */
export function parseModelRequest(request: unknown): ModelRequest {
  return parse(model, request);
}

/** Throws ValidationException that names the field. A local endpoint has one production variant. */
export function parseEndpointConfigRequest(request: unknown): EndpointConfigRequest {
  return parse(endpointConfig, request);
}

/** Throws ValidationException that names the field. */
export function parseEndpointRequest(request: unknown): EndpointRequest {
  return parse(endpoint, request);
}

function parse<Schema extends v.GenericSchema>(schema: Schema, request: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, request);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new ValidationException(
    `1 validation error detected: at '${v.getDotPath(issue) ?? 'request'}' failed to satisfy constraint: ${issue.message}`,
  );
}
