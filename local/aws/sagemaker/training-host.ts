import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { account, region } from '../account';
import type { Command } from './guarded-process';
import {
  asciiJson,
  commandArguments,
  isToolkitSetting,
  readHyperparameter,
  type Hyperparameter,
} from './hyperparameters';
import { processEnvironment } from './process-environment';
import { ValidationException } from './sagemaker-error';
import type { TrainingRequest } from './training-request';

/** The directories of one host, as SageMaker lays them out below /opt/ml. */
export interface HostDirectories {
  readonly input: string;
  readonly config: string;
  readonly data: string;
  readonly model: string;
  readonly output: string;
  readonly outputData: string;
  readonly code: string;
  /** As a container's /tmp, it goes with the host: torchrun leaves folders there. */
  readonly temporary: string;
  /** Exists only for a job with a CheckpointConfig. */
  readonly checkpoints: string;
}

/** What all hosts of a job know of each other. */
export interface Cluster {
  readonly hosts: readonly string[];
  /** Of the first host's rendezvous, on 127.0.0.1. */
  readonly port: number;
}

/** `algo-1`, `algo-2`, …: the names that SageMaker gives a job's hosts. */
export function hostNames(instanceCount: number): string[] {
  return Array.from({ length: instanceCount }, (_, index) => `algo-${index + 1}`);
}

/** Makes a host's directories and the three configuration files of the container contract. */
export async function layOutHost(
  root: string,
  host: string,
  hosts: readonly string[],
  request: TrainingRequest,
): Promise<HostDirectories> {
  const directories: HostDirectories = {
    input: join(root, 'input'),
    config: join(root, 'input', 'config'),
    data: join(root, 'input', 'data'),
    model: join(root, 'model'),
    output: join(root, 'output'),
    outputData: join(root, 'output', 'data'),
    code: join(root, 'code'),
    temporary: join(root, 'tmp'),
    checkpoints: join(root, 'checkpoints'),
  };
  const { checkpoints, ...always } = directories;
  for (const directory of [...Object.values(always), ...(request.CheckpointConfig ? [checkpoints] : [])]) {
    await mkdir(directory, { recursive: true });
  }
  const files = {
    hyperparameters: request.HyperParameters,
    inputdataconfig: inputDataConfig(request),
    resourceconfig: resourceConfig(host, hosts, request),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directories.config, `${name}.json`), JSON.stringify(content));
  }
  return directories;
}

/**
 * The command that SageMaker's PyTorch container would run on this host: `torchrun` when `sagemaker_torch_distributed_enabled` says so, else
 * the script alone.
 *
 * @param python the interpreter; torchrun is the one beside it
 * @throws ValidationException for hyperparameters that a local job cannot take
 */
export function hostCommand(
  python: string,
  host: string,
  { hosts, port }: Cluster,
  directories: HostDirectories,
  request: TrainingRequest,
): Command {
  const { program, args, settings } = readHyperparameters(request);
  const env = hostEnvironment(host, { hosts, port }, directories, request);
  if (settings.get('sagemaker_torch_distributed_enabled')?.text !== 'True') {
    return { command: python, args: [program, ...args], env };
  }
  const options = [
    ...['--nnodes', String(hosts.length), '--nproc_per_node', String(Math.max(1, gpusOfHost(hosts)))],
    // The container says this only where there are several hosts; here a single one must not take torchrun's one default port either.
    ...['--master_addr', '127.0.0.1', '--master_port', String(port), '--node_rank', String(hosts.indexOf(host))],
  ];
  return { command: join(dirname(python), 'torchrun'), args: [...options, program, ...args], env };
}

/** The request's hyperparameters, parted as the toolkit parts them. Throws ValidationException for those it would not run with. */
export function readHyperparameters(request: TrainingRequest): {
  readonly program: string;
  /** The s3:// URL of the code archive. */
  readonly sourceUri: string;
  readonly own: ReadonlyMap<string, Hyperparameter>;
  readonly settings: ReadonlyMap<string, Hyperparameter>;
  readonly args: readonly string[];
} {
  const all = Object.entries(request.HyperParameters).map(
    ([name, raw]) => [name, readHyperparameter(name, raw)] as const,
  );
  const own = new Map(all.filter(([name]) => !isToolkitSetting(name)));
  const settings = new Map(all.filter(([name]) => isToolkitSetting(name)));
  const program = settings.get('sagemaker_program')?.text ?? '';
  if (!/^[\w.][\w.+-]*(\/[\w.+-]+)*\.py$/.test(program) || program.split('/').includes('..')) {
    throw new ValidationException(
      `The hyperparameter sagemaker_program must name a Python script within the source directory, such as train.py; it is ${JSON.stringify(program)}`,
    );
  }
  const sourceUri = settings.get('sagemaker_submit_directory')?.text ?? '';
  return { program, sourceUri, own, settings, args: commandArguments(own) };
}

function hostEnvironment(
  host: string,
  { hosts, port }: Cluster,
  directories: HostDirectories,
  request: TrainingRequest,
): Record<string, string> {
  const { program, sourceUri, own, settings, args } = readHyperparameters(request);
  const channels = request.InputDataConfig.map(({ ChannelName }) => ChannelName).sort();
  const loopback = loopbackInterface();
  const threads = String(Math.max(1, Math.floor(availableParallelism() / hosts.length)));
  const json = (values: ReadonlyMap<string, Hyperparameter>) =>
    `{${[...values.keys()]
      .sort()
      .map((name) => `${asciiJson(name)}:${values.get(name)?.json ?? 'null'}`)
      .join(',')}}`;
  return {
    ...processEnvironment(),
    TMPDIR: directories.temporary,
    // One GPU cannot be shared by the processes of several hosts (NCCL refuses), and this machine stands for all of them.
    ...(hosts.length > 1 ? { CUDA_VISIBLE_DEVICES: '' } : {}),
    OMP_NUM_THREADS: threads,
    // A thread that waits by spinning keeps its core from the thread it waits for as soon as anything else runs on this
    // machine, and one that sleeps at once wakes late. A short spin (iterations, of GNU OpenMP) is a third faster on a
    // quiet machine than none, and on a busy one twice as fast as the long spin that is the default.
    GOMP_SPINCOUNT: '10000',
    MKL_NUM_THREADS: threads,
    PYTHONUNBUFFERED: '1',
    GLOO_SOCKET_IFNAME: loopback,
    NCCL_SOCKET_IFNAME: loopback,
    MASTER_ADDR: '127.0.0.1',
    MASTER_PORT: String(port),
    AWS_REGION: region,
    CURRENT_HOST: host,
    SAGEMAKER_REGION: settings.get('sagemaker_region')?.text ?? region,
    TRAINING_JOB_NAME: request.TrainingJobName,
    TRAINING_JOB_ARN: trainingJobArn(request.TrainingJobName),
    SAGEMAKER_BASE_DIR: dirname(directories.model),
    SM_HOSTS: JSON.stringify(hosts),
    SM_CURRENT_HOST: host,
    SM_CURRENT_INSTANCE_TYPE: request.ResourceConfig.InstanceType,
    SM_NETWORK_INTERFACE_NAME: loopback,
    SM_NUM_CPUS: String(availableParallelism()),
    SM_NUM_GPUS: String(gpusOfHost(hosts)),
    SM_HPS: json(own),
    SM_USER_ARGS: asciiJson(args),
    SM_USER_ENTRY_POINT: program,
    SM_MODULE_NAME: program,
    SM_MODULE_DIR: sourceUri,
    SM_FRAMEWORK_PARAMS: json(new Map([...settings].filter(([name]) => name.endsWith('_enabled')))),
    SM_INPUT_DIR: directories.input,
    SM_INPUT_CONFIG_DIR: directories.config,
    SM_INPUT_DATA_CONFIG: asciiJson(inputDataConfig(request)),
    SM_RESOURCE_CONFIG: asciiJson(resourceConfig(host, hosts, request)),
    SM_OUTPUT_DIR: directories.output,
    SM_OUTPUT_DATA_DIR: directories.outputData,
    SM_MODEL_DIR: directories.model,
    SM_LOG_LEVEL: '20',
    SM_CHANNELS: asciiJson(channels),
    ...Object.fromEntries(channels.map((name) => [`SM_CHANNEL_${name.toUpperCase()}`, join(directories.data, name)])),
    // A string as it is, anything else as JSON; null is empty.
    ...Object.fromEntries(
      [...own].map(([name, { text, json: literal }]) => [
        `SM_HP_${name.toUpperCase()}`,
        literal.startsWith('"') || literal === 'null' ? text : literal,
      ]),
    ),
    ...request.Environment,
  };
}

export function trainingJobArn(name: string): string {
  return `arn:aws:sagemaker:${region}:${account}:training-job/${name}`;
}

function inputDataConfig({ InputDataConfig }: TrainingRequest): Record<string, unknown> {
  return Object.fromEntries(
    InputDataConfig.map(({ ChannelName, ContentType, InputMode, DataSource, RecordWrapperType }) => [
      ChannelName,
      {
        ...(ContentType === undefined ? {} : { ContentType }),
        TrainingInputMode: InputMode,
        S3DistributionType: DataSource.S3DataSource.S3DataDistributionType,
        RecordWrapperType,
      },
    ]),
  );
}

function resourceConfig(host: string, hosts: readonly string[], { ResourceConfig }: TrainingRequest): unknown {
  const group = 'homogeneousCluster';
  return {
    current_host: host,
    current_instance_type: ResourceConfig.InstanceType,
    current_group_name: group,
    hosts,
    instance_groups: [{ instance_group_name: group, instance_type: ResourceConfig.InstanceType, hosts }],
    network_interface_name: loopbackInterface(),
  };
}

/** `lo` on Linux, `lo0` on macOS: the hosts talk to each other over it alone. */
function loopbackInterface(): string {
  const found = Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some(({ internal }) => internal),
  );
  return found?.[0] ?? 'lo';
}

/** As the toolkit counts them; a machine without nvidia-smi has none, and several hosts leave the GPU alone. */
function gpusOfHost(hosts: readonly string[]): number {
  if (hosts.length > 1) return 0;
  try {
    const list = execFileSync('nvidia-smi', ['--list-gpus'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return list.split('\n').filter((line) => line.startsWith('GPU ')).length;
  } catch {
    return 0;
  }
}
