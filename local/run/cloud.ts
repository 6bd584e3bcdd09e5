import { randomBytes } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseServingSettings, type ServingSettings } from '../../lambda/shared/serving-settings';
import { type AwsServer, type AwsService, startAwsServer } from '../aws/aws-server';
import { cloudFormationService } from '../aws/cloudformation/api';
import { CustomResourceProvider } from '../aws/cloudformation/custom-resource-provider';
import { deployStack, destroyStack } from '../aws/cloudformation/deploy-stack';
import type { Stack, StackResource } from '../aws/cloudformation/stack';
import { Stacks } from '../aws/cloudformation/stacks';
import { parseTemplate } from '../aws/cloudformation/parse-template';
import type { Template } from '../aws/cloudformation/template';
import { ApiGatewayService } from '../aws/api-gateway/api';
import { apiGatewayProviders } from '../aws/api-gateway/resource-types';
import { Distribution } from '../aws/cloudfront/distribution';
import { cloudFrontProviders } from '../aws/cloudfront/resource-types';
import { ScalableTargetProvider, ScalingPolicyProvider } from '../aws/application-auto-scaling/scaling-providers';
import { RestApi } from '../aws/api-gateway/rest-api';
import { account, region } from '../aws/account';
import { guardedServices } from '../aws/iam/guarded-service';
import { Iam } from '../aws/iam/iam';
import { ParameterProvider } from '../aws/ssm/parameter-provider';
import { bootstrapParameters, SsmService } from '../aws/ssm/ssm-service';
import { LogsService } from '../aws/cloudwatch-logs/logs-service';
import { stsService } from '../aws/sts/sts-service';
import { assetsFromStore } from '../aws/lambda/asset';
import { lambdaInvokeTask } from '../aws/lambda/invoke-task';
import { LambdaProvider } from '../aws/lambda/lambda-provider';
import { AutoDeleteObjectsProvider } from '../aws/s3/auto-delete-objects-provider';
import { BucketProvider } from '../aws/s3/bucket-provider';
import { ObjectStore } from '../aws/s3/object-store';
import { putObjectTask } from '../aws/s3/put-object-task';
import { S3Service } from '../aws/s3/s3-service';
import { type Notification, publishTask } from '../aws/sns/publish-task';
import { SageMakerService } from '../aws/sagemaker/api';
import { processEnvironment } from '../aws/sagemaker/process-environment';
import { type Accelerators, Hosting } from '../aws/sagemaker/hosting';
import { EndpointConfigProvider, EndpointProvider, ModelProvider } from '../aws/sagemaker/hosting-providers';
import { createProcessingJobSync, createTrainingJobSync } from '../aws/sagemaker/create-job-sync';
import { ProcessingJobs } from '../aws/sagemaker/processing-jobs';
import { TrainingJobs } from '../aws/sagemaker/training-jobs';
import type { TrainingJobDescription } from '../aws/sagemaker/training-record';
import { StepFunctionsService } from '../aws/step-functions/api';
import type { ExecutionResult, HistoryEvent, TaskHandler } from '../aws/step-functions/state-machine';
import { type Execution, StateMachines } from '../aws/step-functions/state-machines';
import { CodeFolder } from './code-folder';
import type { SynthesizedStack } from './synthesize';

export interface LocalCloudOptions {
  /** Everything is kept in here, for the next process to resume. */
  readonly folder: string;
  /** The project, for its model server. */
  readonly root: string;
  /** The interpreter of the project's own Python environment. */
  readonly python: string;
  /** Whether this "account" may use Elastic Inference, which AWS has closed. */
  readonly accelerators: Accelerators;
  /** The value of an API key that its template gives none. @default - one by chance */
  readonly generatedApiKey?: string;
  readonly onStateEvent?: (event: HistoryEvent, executionArn: string) => void;
  readonly onTrainingLog?: (event: { readonly jobName: string; readonly host: string; readonly line: string }) => void;
  readonly onProcessingLog?: (event: { readonly host: string; readonly line: string }) => void;
  readonly onFunctionLog?: (functionName: string, text: string) => void;
  readonly onNotification?: (notification: Notification) => void;
}

/** The stacks' output that has the ARN of a state machine. */
export type StateMachineOutput = 'StateMachineArn' | 'BatchStateMachineArn';

/** A wait that stands for minutes on AWS need not take them here. */
const LONGEST_WAIT_MS = 500;

/** Where the CDK publishes assets; with the bootstrap parameters, all that it needs of `cdk bootstrap`. */
const BOOTSTRAP_BUCKET = `cdk-hnb659fds-assets-${account}-${region}`;

/** What CloudFormation's early validation says of a property that has left the public schema. */
const ACCELERATOR_REFUSAL =
  'Unsupported property [AcceleratorType] of AWS::SageMaker::EndpointConfig: Elastic Inference is closed.';

/**
 * The stand-in of one AWS account and region on this machine: stacks are deployed to it, and what they create works.
 * Whoever speaks AWS's APIs, the Lambda functions and the CDK CLI among them, reaches it at `url`.
 */
export class LocalCloud {
  private constructor(
    readonly objects: ObjectStore,
    readonly stacks: Stacks,
    private readonly lambdas: LambdaProvider,
    private readonly stateMachines: StateMachines,
    private readonly hosting: Hosting,
    private readonly trainingJobs: TrainingJobs,
    private readonly processingJobs: ProcessingJobs,
    /** By the name in a signature's scope. */
    readonly services: Readonly<Record<string, AwsService>>,
    private readonly generatedApiKey: string,
    private readonly server: AwsServer,
    private readonly code: CodeFolder,
    /** The training jobs that were in progress when an earlier process was killed, as they were then; they are Failed now. */
    readonly interruptedJobs: readonly TrainingJobDescription[],
  ) {}

  /** Opens the cloud, with everything that an earlier process left in it working again. */
  static async open(options: LocalCloudOptions): Promise<LocalCloud> {
    const { folder, root, python, accelerators, generatedApiKey = randomBytes(20).toString('hex') } = options;
    const objects = new ObjectStore(join(folder, 'objects'));
    await objects.createBucket(BOOTSTRAP_BUCKET);
    const services: Record<string, AwsService> = {};
    const server = await startAwsServer(services);

    const functionCode = new CodeFolder(join(folder, 'functions'));
    const published = assetsFromStore(objects, join(folder, 'published-functions'));
    const lambdas = new LambdaProvider({
      endpointUrl: server.url,
      asset: async (bucket, key) => functionCode.find(key) ?? published(bucket, key),
      variables: withOwnPython,
      logFolder: join(folder, 'logs'),
      onLog: options.onFunctionLog,
    });
    const parameters = new Map(bootstrapParameters);
    const scalableTargets = new Set<string>();
    const hosting = new Hosting({
      store: objects,
      folder: join(folder, 'hosting'),
      serverCommand: (modelDirectory, environment) => ({
        command: python,
        args: [join(root, 'training-code', 'model_server', 'serve.py'), '--model-dir', modelDirectory, '--port', '0'],
        env: { ...processEnvironment(), ...environment },
      }),
      accelerators,
      scalableTargets,
    });
    const trainingJobs = new TrainingJobs({
      store: objects,
      python,
      folder: join(folder, 'training'),
      onLog: options.onTrainingLog,
    });
    const processingJobs = new ProcessingJobs({
      store: objects,
      python,
      folder: join(folder, 'processing'),
      onLog: options.onProcessingLog,
    });
    const integrations: Readonly<Record<string, TaskHandler>> = {
      'sagemaker:createProcessingJob.sync': createProcessingJobSync(processingJobs),
      'sagemaker:createTrainingJob.sync': createTrainingJobSync(trainingJobs),
      'aws-sdk:s3:putObject': putObjectTask(objects),
      'sns:publish': publishTask(
        (topicArn) => stacks.all().some((stack) => hasTopic(stack, topicArn)),
        (notification) => options.onNotification?.(notification),
      ),
    };
    const stateMachines = new StateMachines({
      resolveTask: (resource) =>
        integrations[resource.replace(/^arn:[\w-]+:states:::/, '')] ?? functionTask(resource, lambdas),
      onEvent: options.onStateEvent,
      delay: (milliseconds, signal) => pause(Math.min(milliseconds, LONGEST_WAIT_MS), undefined, { signal }),
    });
    const stacks = await Stacks.open({
      folder,
      providers: {
        ...apiGatewayProviders,
        ...cloudFrontProviders,
        'AWS::S3::Bucket': new BucketProvider(objects),
        'Custom::S3AutoDeleteObjects': new AutoDeleteObjectsProvider(objects),
        'AWS::CloudFormation::CustomResource': new CustomResourceProvider((functionArn, request) =>
          lambdas.invoke(functionArn, request),
        ),
        'AWS::Lambda::Function': lambdas,
        'AWS::StepFunctions::StateMachine': stateMachines,
        'AWS::SageMaker::Model': new ModelProvider(hosting),
        'AWS::SageMaker::EndpointConfig': new EndpointConfigProvider(hosting),
        'AWS::SageMaker::Endpoint': new EndpointProvider(hosting),
        'AWS::SSM::Parameter': new ParameterProvider(parameters),
        'AWS::ApplicationAutoScaling::ScalableTarget': new ScalableTargetProvider(scalableTargets, hosting),
        'AWS::ApplicationAutoScaling::ScalingPolicy': new ScalingPolicyProvider(scalableTargets),
      },
      ssmParameters: parameters,
      validate: (_stackName, template) =>
        accelerators === 'refused' && carriesAccelerator(template) ? ACCELERATOR_REFUSAL : undefined,
    });
    const iam = new Iam(() =>
      // With what is still to be deleted: a custom resource's function has its role to its end.
      stacks.live().flatMap(({ resources, obsolete }) => [...Object.values(resources), ...obsolete]),
    );
    const guarded = guardedServices(
      {
        cloudformation: cloudFormationService(stacks, objects),
        sagemaker: new SageMakerService(hosting, trainingJobs, processingJobs),
        states: new StepFunctionsService(stateMachines),
        logs: new LogsService({
          ofJobs: {
            '/aws/sagemaker/TrainingJobs': join(folder, 'training'),
            '/aws/sagemaker/ProcessingJobs': join(folder, 'processing'),
          },
          ofServers: { '/aws/sagemaker/Endpoints/': join(folder, 'hosting', 'logs') },
        }),
        apigateway: new ApiGatewayService(
          () => stacks.live().flatMap(({ resources }) => Object.values(resources)),
          generatedApiKey,
        ),
        sts: stsService(),
        ssm: new SsmService(parameters),
      },
      iam,
      async (arn) => Object.fromEntries((await hosting.tagsOf(arn))?.map(({ Key, Value }) => [Key, Value]) ?? []),
    );
    Object.assign(services, { s3: new S3Service(objects, iam), ...guarded } satisfies Record<string, AwsService>);

    const interruptedJobs = await trainingJobs.failInterrupted();
    await processingJobs.failInterrupted();
    return new LocalCloud(
      objects,
      stacks,
      lambdas,
      stateMachines,
      hosting,
      trainingJobs,
      processingJobs,
      services,
      generatedApiKey,
      server,
      functionCode,
      interruptedJobs,
    );
  }

  /** The value for AWS_ENDPOINT_URL. */
  get url(): string {
    return this.server.url;
  }

  /** Makes the assets of stacks available: files in the object store, the code of functions as folders. */
  async publish(stacks: readonly SynthesizedStack[]): Promise<void> {
    const assets = stacks.flatMap((stack) => stack.assets);
    for (const { path, bucketName, objectKey } of assets) {
      if (statSync(path).isFile()) {
        await this.objects.createBucket(bucketName);
        await this.objects.put(bucketName, objectKey, createReadStream(path));
      } else {
        this.code.keep(path, objectKey);
      }
    }
    this.code.retain(new Set([...assets.map(({ objectKey }) => objectKey), ...this.deployedCode()]));
  }

  private deployedCode(): string[] {
    return this.resourcesOf('AWS::Lambda::Function').map(
      ({ properties }) => (properties['Code'] as { readonly S3Key: string }).S3Key,
    );
  }

  /** What `cdk deploy` does with one stack, which one without resources has deleted. */
  async deploy({ stackName, template }: SynthesizedStack): Promise<void> {
    if (template['Resources'] === undefined) {
      await this.destroy(stackName);
    } else {
      await deployStack(this.stacks, stackName, parseTemplate(JSON.stringify(template)));
    }
  }

  /** What `cdk destroy` does with one stack. */
  async destroy(stackName: string): Promise<void> {
    await destroyStack(this.stacks, stackName);
  }

  /** Starts one execution of a state machine. */
  start(output: StateMachineOutput, input: unknown): Execution {
    return this.stateMachines.start(this.stateMachineArn(output), input);
  }

  /** Runs one execution of a state machine to its end. */
  execute(output: StateMachineOutput, input: unknown): Promise<ExecutionResult> {
    return this.start(output, input).end;
  }

  /** Stops an execution of a state machine, as its page does; one that has ended stays as it is. */
  async stop(output: StateMachineOutput, name: string): Promise<void> {
    await this.stateMachines.stopExecution(this.executionArn(output, name), 'Stopped', 'It was stopped from its page.');
  }

  /** Whether an execution is one of a state machine's. */
  isExecutionOf(output: StateMachineOutput, executionArn: string): boolean {
    return executionArn.startsWith(this.executionArn(output, ''));
  }

  /** A state machine's definition as JSON; undefined until it is deployed. */
  definition(output: StateMachineOutput): string | undefined {
    const arn = this.output(output);
    const resource = this.resourcesOf('AWS::StepFunctions::StateMachine').find(({ physicalId }) => physicalId === arn);
    return resource === undefined ? undefined : String(resource.properties['DefinitionString']);
  }

  private executionArn(output: StateMachineOutput, name: string): string {
    return `${this.stateMachineArn(output).replace(':stateMachine:', ':execution:')}:${name}`;
  }

  private stateMachineArn(output: StateMachineOutput): string {
    const arn = this.output(output);
    if (arn === undefined) {
      throw new Error(`the stacks have no output ${output}`);
    }
    return arn;
  }

  /**
   * A REST API as its stack describes it.
   *
   * @param stackName by default the only one that has any
   */
  restApi(stackName = this.only('AWS::ApiGateway::RestApi').stackName): RestApi {
    const stack = this.stacks.require(stackName);
    return RestApi.fromResources(Object.values(stack.resources), this.generatedApiKey, (functionArn, event, signal) =>
      this.lambdas.invoke(functionArn, event, signal),
    );
  }

  /** What is in front of the REST API; undefined where nothing is. */
  distribution(): Distribution | undefined {
    const { stackName } = this.only('AWS::ApiGateway::RestApi');
    return Distribution.fromResources(Object.values(this.stacks.require(stackName).resources));
  }

  /** Whether a model is in service already. */
  get hasEndpoint(): boolean {
    return this.resourcesOf('AWS::SageMaker::Endpoint').length > 0;
  }

  /** An output of whichever stack has it; undefined when none has. */
  output(name: string): string | undefined {
    return this.stacks
      .all()
      .map((stack) => stack.content.outputs[name]?.value)
      .find((value) => value !== undefined);
  }

  private resourcesOf(type: string): readonly (StackResource & { readonly stackName: string })[] {
    return this.stacks.live().flatMap((stack) =>
      Object.values(stack.resources)
        .filter((resource) => resource.type === type)
        .map((resource) => ({ ...resource, stackName: stack.name })),
    );
  }

  private only(type: string): StackResource & { readonly stackName: string } {
    const [resource, ...others] = this.resourcesOf(type);
    if (resource === undefined || others.length > 0) {
      throw new Error(
        `the stacks have ${others.length === 0 ? 'no' : 'more than one'} ${type}; the local run needs just one`,
      );
    }
    return resource;
  }

  /** Stops every process and execution. What was deployed comes back with the next `open`. */
  async close(): Promise<void> {
    await this.stateMachines.stop();
    // With their last checkpoints.
    await this.trainingJobs.close();
    await this.processingJobs.close();
    await this.hosting.close();
    await this.lambdas.close();
    await this.server.close();
    await this.stacks.close();
  }
}

/** The task of a state whose Resource is a function's own ARN. */
function functionTask(resource: string, lambdas: LambdaProvider): TaskHandler | undefined {
  const invoke = lambdaInvokeTask(lambdas);
  return /^arn:[\w-]+:lambda:/.test(resource)
    ? async (given, task) => (await invoke({ FunctionName: resource, Payload: given }, task)).Payload
    : undefined;
}

/** A function's variables, but for the serving image's Python: here the project's own serves, which has an onnxruntime. */
function withOwnPython({ SERVING, ...others }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (SERVING === undefined) {
    return others;
  }
  return {
    ...others,
    SERVING: JSON.stringify({ ...parseServingSettings(SERVING), python: null } satisfies ServingSettings),
  };
}

function hasTopic(stack: Stack, topicArn: string): boolean {
  return Object.values(stack.resources).some(
    ({ type, physicalId }) => type === 'AWS::SNS::Topic' && physicalId === topicArn,
  );
}

function carriesAccelerator(template: Template): boolean {
  return JSON.stringify(template.Resources).includes('"AcceleratorType"');
}
