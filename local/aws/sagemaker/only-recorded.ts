import * as v from 'valibot';

/**
 * The parameters that are kept but not carried out, by the name of AWS's shape, each with the reason. What is carried out is in the schemas
 * of the requests, and any other parameter is refused by its name.
 */
export const onlyRecorded = {
  CreateTrainingJobRequest: {
    EnableInterContainerTrafficEncryption: 'the hosts of a job talk over loopback alone',
    EnableManagedSpotTraining: 'nothing interrupts a job here; the rule on MaxWaitTimeInSeconds is enforced',
    EnableNetworkIsolation: 'the script runs as a plain process and could reach the network',
    RoleArn: 'its form is checked; whoever runs this machine may do everything',
    Tags: 'nothing reads them',
    VpcConfig: 'there is no network but this machine',
  },
  AlgorithmSpecification: {
    TrainingImage: 'the script runs in the Python environment of this machine',
  },
  OutputDataConfig: {
    KmsKeyId: 'objects are not encrypted',
  },
  ResourceConfig: {
    InstanceType: 'told to the script; every host is this machine',
    VolumeKmsKeyId: 'volumes are not encrypted',
    VolumeSizeInGB: 'the disk of this machine is as large as it is',
  },
  StoppingCondition: {
    MaxWaitTimeInSeconds: 'a job starts at once',
  },
  CreateProcessingJobRequest: {
    RoleArn: 'its form is checked; whoever runs this machine may do everything',
    Tags: 'nothing reads them',
  },
  AppSpecification: {
    ImageUri: 'the program runs in the Python environment of this machine',
  },
  NetworkConfig: {
    EnableInterContainerTrafficEncryption: 'the hosts of a job share no network but loopback',
    EnableNetworkIsolation: 'the program runs as a plain process and could reach the network',
    VpcConfig: 'there is no network but this machine',
  },
  ProcessingClusterConfig: {
    VolumeKmsKeyId: 'volumes are not encrypted',
    VolumeSizeInGB: 'the disk of this machine is as large as it is; that an ml.r5d.large has 75 GB is enforced',
  },
  ProcessingOutputConfig: {
    KmsKeyId: 'objects are not encrypted',
  },
  CreateModelInput: {
    EnableNetworkIsolation: 'a model server could reach the network; that serverless endpoints have none is enforced',
    ExecutionRoleArn: 'whoever runs this machine may do everything',
    VpcConfig: 'there is no network but this machine; that serverless endpoints have none is enforced',
  },
  ContainerDefinition: {
    Image: 'one model server of this machine stands for every image',
  },
  ProductionVariant: {
    InitialInstanceCount: 'one model server answers, whatever the count',
    InitialVariantWeight: 'there is one variant, which gets all requests',
    InstanceType:
      'the model server has all of this machine; that a variant under automatic scaling keeps its type, and that Graviton has an ' +
      'image for it, is enforced',
  },
  ProductionVariantServerlessConfig: {
    MaxConcurrency: 'requests are not throttled',
    MemorySizeInMB: 'the model server has all memory of this machine',
    ProvisionedConcurrency: 'the model server is always warm',
  },
  CreateEndpointInput: {
    DeploymentConfig: 'it is about updates',
    Tags: 'nothing reads them',
  },
  UpdateEndpointInput: {
    DeploymentConfig:
      'a new server that is not healthy never takes over, and a healthy one gets all requests at once: no canary or linear ' +
      'shift, no baking time, no alarm that rolls back, no wait before the old one ends',
    RetainAllVariantProperties: 'one model server answers, whatever the count and the weight',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * The schema's entries of parameters that a stand-in only keeps: anything may be in them, and nothing comes of it.
 *
 * @param reasons why each, by its name
 */
export function recorded<Name extends string>(
  reasons: Readonly<Record<Name, string>>,
): Record<Name, v.OptionalSchema<v.UnknownSchema, undefined>> {
  const entries = Object.keys(reasons).map((name) => [name, v.optional(v.unknown())] as const);
  return Object.fromEntries(entries) as Record<Name, v.OptionalSchema<v.UnknownSchema, undefined>>;
}
