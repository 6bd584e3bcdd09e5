import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { ListEndpointConfigsCommand, ListModelsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { Patient } from '../../../../cli/doctor/finding';
import { isRefusalOfAccelerator } from '../../../../lambda/shared/accelerator-refusal';
import { parseS3Uri } from '../../../../lambda/shared/s3-uri';
import { type Configuration, parseConfiguration } from '../../../../lib/configuration/configuration';
import { type Names, namesOf } from '../../../../lib/configuration/names';
import { account, credentials, region } from '../../../../local/aws/account';
import type { HttpAnswer } from '../../../../local/aws/api-gateway/rest-api';
import { LocalCloud } from '../../../../local/run/cloud';
import type { Notification } from '../../../../local/aws/sns/publish-task';
import type { Accelerators } from '../../../../local/aws/sagemaker/hosting';
import { packArchive } from '../../../../local/aws/sagemaker/model-archive';
import type { ExecutionResult } from '../../../../local/aws/step-functions/state-machine';
import { synthesize } from '../../../../local/run/synthesize';
import { ASSEMBLIES } from '../assemblies';
import { processesIn } from '../command-line';
import { PYTHON, ROOT } from '../whole-path/local-run';

/**
 * Handlers that need no library, so that loading takes no time: whatever is asked, the answer is `predictions`, but for
 * the names that say what goes wrong.
 */
function handlers(
  name: string,
  { predictions = '[{"label": model, "score": 1.0}]', takesPairs = false }: ArtifactOptions,
): string {
  return `
import json, os, time
class RequestError(Exception): ...
def model_fn(model_dir):
    if "${name}" == "does-not-load": raise RuntimeError("this model does not load")
    if "${name}" == "slow": time.sleep(4)
    return "${name}"
VERSION = os.environ["MODEL_DATA_URL"].split("/")[4][:12]
def input_fn(body, content_type): return json.loads(body).get("inputs")
def predict_fn(texts, model):
    if texts is None:
        return {"version": VERSION, "model_data_url": os.environ["MODEL_DATA_URL"], "labels": [model],
                "text_pair": ${takesPairs ? 'True' : 'False'}, "several_labels": False, "metrics": {}, "trained_at": None}
    if model == "does-not-answer": raise RuntimeError("this model does not answer")
    return [${predictions} for text in texts]
def output_fn(answer, accept):
    if "details" not in accept or isinstance(answer, dict): return json.dumps(answer)
    return json.dumps({"predictions": answer, "truncated_inputs": [], "uncertain_inputs": [], "model_version": VERSION})
`;
}

/** That of the API. */
export const API_KEY = 'test-key-of-twenty-characters';

const METRICS = {
  loss: 0.3,
  accuracy: 0.9,
  matthews_correlation: 0.8,
  macro_f1: 0.9,
  majority_class_accuracy: 0.5,
  rows: 100,
};

export interface ArtifactOptions {
  /** @default model.safetensors */
  readonly weights?: string;
  /** Whether there is a model.onnx. @default false */
  readonly hasOnnx?: boolean;
  /** `model_type` of config.json. @default bert */
  readonly modelType?: string;
  /** Over good ones; null for an artifact without metrics.json. */
  readonly metrics?: Partial<typeof METRICS> | null;
  /** A Python expression: what each `text` is answered. @default - the artifact's name as the one label */
  readonly predictions?: string;
  /** Says that it takes pairs. @default false */
  readonly takesPairs?: boolean;
  /** The score of its label that reference.json has. @default - no reference.json */
  readonly knownScore?: number;
}

/** Packs an artifact, in a folder, whose endpoint answers with `name`; answers the archive's path. */
export async function packModel(folder: string, name: string, options: ArtifactOptions = {}): Promise<string> {
  const { weights, hasOnnx = false, modelType, metrics, knownScore } = options;
  const model = join(folder, `artifact-${name}`);
  mkdirSync(join(model, 'code'), { recursive: true });
  writeFileSync(join(model, 'code', 'inference.py'), handlers(name, options));
  writeFileSync(join(model, weights ?? 'model.safetensors'), 'weights');
  if (hasOnnx) {
    writeFileSync(join(model, 'model.onnx'), 'graph');
  }
  const config = { model_type: modelType ?? 'bert', id2label: { 0: name } };
  writeFileSync(join(model, 'config.json'), JSON.stringify(config));
  if (metrics !== null) {
    writeFileSync(join(model, 'metrics.json'), JSON.stringify({ ...METRICS, ...metrics }));
  }
  if (knownScore !== undefined) {
    const reference = { texts: ['a lamp'], tokens: [4], labels: [name], scores: { fp32: [[knownScore]] } };
    writeFileSync(join(model, 'reference.json'), JSON.stringify(reference));
  }
  await packArchive(model, `${model}.tar.gz`);
  return `${model}.tar.gz`;
}

/** The application on a cloud of its own, with artifacts that take no time to load. */
export class Application {
  readonly notifications: Notification[] = [];
  readonly states: string[] = [];

  private constructor(
    readonly folder: string,
    public names: Names,
    private readonly configurationFile: string,
  ) {}

  cloud!: LocalCloud;

  /** @param python the interpreter of jobs and of the model's server */
  static async open(configuration: object, accelerators: Accelerators, python = PYTHON): Promise<Application> {
    const folder = mkdtempSync(join(tmpdir(), 'application-'));
    const file = join(folder, 'configuration.json');
    writeFileSync(file, JSON.stringify(configuration));
    const parsed: Configuration = parseConfiguration(configuration);
    const application = new Application(folder, namesOf(parsed), file);
    application.cloud = await LocalCloud.open({
      folder: join(folder, 'state'),
      root: ROOT,
      python,
      accelerators,
      generatedApiKey: API_KEY,
      onNotification: (notification) => application.notifications.push(notification),
      onStateEvent: ({ stateEnteredEventDetails: entered }) => {
        if (entered !== undefined) application.states.push(entered.name ?? '');
      },
    });
    return application;
  }

  /**
   * What `npm run deploy` does: all stacks, and the accelerated one only where it is not refused.
   *
   * @param onDeployed gets the name of each stack when it is deployed
   */
  async deploy(onDeployed?: (stackName: string) => Promise<void>): Promise<void> {
    const stacks = await synthesize(ROOT, this.configurationFile, ASSEMBLIES);
    await this.cloud.publish(stacks);
    for (const stack of stacks) {
      try {
        await this.cloud.deploy(stack);
        await onDeployed?.(stack.stackName);
      } catch (error) {
        if (!isRefusalOfAccelerator((error as Error).message)) throw error;
      }
    }
  }

  /** Deploys the application with another configuration. */
  async change(configuration: object, onDeployed?: (stackName: string) => Promise<void>): Promise<void> {
    writeFileSync(this.configurationFile, JSON.stringify(configuration));
    this.names = namesOf(parseConfiguration(configuration));
    await this.deploy(onDeployed);
  }

  /** Stores an artifact whose endpoint answers with `name`. */
  async artifact(name: string, options: ArtifactOptions = {}): Promise<string> {
    const bucket = this.output('ArtifactsBucketName');
    const archive = await packModel(this.folder, name, options);
    await this.cloud.objects.put(bucket, `uploads/${name}/model.tar.gz`, createReadStream(archive));
    return `s3://${bucket}/uploads/${name}/model.tar.gz`;
  }

  output(name: string): string {
    return this.cloud.output(name) ?? '';
  }

  async execute(input: object): Promise<ExecutionResult> {
    this.states.length = 0;
    return this.cloud.execute('StateMachineArn', input);
  }

  /** What POST /classify answers. */
  async classify(): Promise<{ status: number; label?: string }> {
    const { status, body } = await this.ask('POST', '/classify', '{"inputs": "one"}');
    const answer = JSON.parse(String(body)) as [[{ label: string }]] | { error: string };
    return Array.isArray(answer) ? { status, label: answer[0][0].label } : { status };
  }

  /** What the API answers. */
  ask(method: string, path: string, body = ''): Promise<HttpAnswer> {
    return this.cloud.restApi().answer({
      method,
      path,
      query: new URLSearchParams(),
      rawHeaders: ['content-type', 'application/json', 'x-api-key', API_KEY],
      sourceIp: '127.0.0.1',
      body: Buffer.from(body),
    });
  }

  parameter(stackName: string, name: string): string | undefined {
    return this.cloud.stacks.require(stackName).content.parameters[name]?.value;
  }

  /** What `cdk destroy --all` does: each stack after those that need it. */
  async destroy(): Promise<void> {
    const { apiStack, batchStack, servingAcceleratedStack, trainingStack, servingStack, storageStack } = this.names;
    for (const name of [servingAcceleratedStack, apiStack, batchStack, trainingStack, servingStack, storageStack]) {
      await this.cloud.destroy(name);
    }
  }

  /** Where the quality gate has stored an artifact, by the hash of its content. */
  async storedUrl(modelDataUrl: string): Promise<string> {
    const { bucket, key } = parseS3Uri(modelDataUrl);
    const content = await readFile(this.cloud.objects.path(bucket, key));
    return `s3://${bucket}/models/${createHash('sha256').update(content).digest('hex')}/model.tar.gz`;
  }

  /** Sets these parameters of a stack past the pipeline, and waits until that is through. */
  async update(stackName: string, parameters: Readonly<Record<string, string>>): Promise<void> {
    const client = new CloudFormationClient({ endpoint: this.cloud.url, region, credentials });
    const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    }));
    await client.send(new UpdateStackCommand({ StackName: stackName, UsePreviousTemplate: true, Parameters }));
    await this.cloud.stacks.settled(stackName);
  }

  /** What would cost money by the hour: processes of this application that serve or train. */
  running(): string[] {
    return processesIn(this.folder);
  }

  /** How many models and endpoint configurations SageMaker has. */
  async made(): Promise<{ models: number; endpointConfigs: number }> {
    const client = new SageMakerClient({ endpoint: this.cloud.url, region, credentials });
    const { Models = [] } = await client.send(new ListModelsCommand({ MaxResults: 100 }));
    const { EndpointConfigs = [] } = await client.send(new ListEndpointConfigsCommand({ MaxResults: 100 }));
    return { models: Models.length, endpointConfigs: EndpointConfigs.length };
  }

  /** What the doctor examines: a configuration, beside what is deployed. */
  patient(content: object = {}): Patient {
    const configuration = parseConfiguration(content);
    return {
      configuration,
      names: namesOf(configuration),
      settings: { endpoint: this.cloud.url, credentials },
      region,
      partition: 'aws',
      account,
      callerArn: '',
      bootstrapQualifier: '',
    };
  }

  liveStacks(): Record<string, string> {
    const live = this.cloud.stacks.all().filter(({ deletedAt }) => deletedAt === undefined);
    return Object.fromEntries(live.map(({ name, status }) => [name, status]));
  }

  async close(): Promise<void> {
    await this.cloud.close();
    rmSync(this.folder, { recursive: true });
  }
}
