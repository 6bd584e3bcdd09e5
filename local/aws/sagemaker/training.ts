import { randomUUID } from 'node:crypto';
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { freePort } from '../loopback';
import { NoSuchBucket, NoSuchKey, type ListedObject, type ObjectStore } from '../s3/object-store';
import { TaskError } from '../step-functions/errors';
import type { TaskContext } from '../step-functions/task';
import { startGuarded, type Command, type GuardedProcess } from './guarded-process';
import { BadArchive, packArchive, unpackArchive } from './model-archive';
import { parseS3Location } from './s3-location';
import { SageMakerError, ValidationException } from './sagemaker-error';
import { downloadPrefix, requireObjects } from './training-channels';
import { errorMessage, failureReason, type ScriptFailure } from './training-failure';
import { hostCommand, hostNames, layOutHost, readHyperparameters, type HostDirectories } from './training-host';
import { MetricScraper, type Metric } from './training-metrics';
import { TrainingRecord, type SecondaryStatus, type TrainingJobDescription } from './training-record';
import { parseTrainingRequest, type TrainingRequest } from './training-request';

export interface TrainingJobsOptions {
  readonly store: ObjectStore;
  /** The interpreter that runs the scripts; `torchrun` is expected beside it. */
  readonly python: string;
  /** Each job has a folder in here, with its record `job.json` and one log file per host. */
  readonly folder: string;
  readonly onLog?: (event: { readonly jobName: string; readonly host: string; readonly line: string }) => void;
  readonly onMetric?: (event: { readonly jobName: string } & Metric) => void;
}

/** A job that ended in another way than Completed. */
export class TrainingJobFailed extends Error {
  override readonly name = 'TrainingJobFailed';
  constructor(readonly description: TrainingJobDescription) {
    super(description.FailureReason ?? `the training job ended as ${description.SecondaryStatus}`);
  }
}

/** Between starting the end of a job and killing what is left of it. */
const GRACE_SECONDS = 3;
/** How long the other hosts may go on after one has failed, for the one that knows why need not be the first. */
const LAST_WORDS_MS = 2000;
/** A timer cannot wait longer. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Enough of stderr to find the traceback in. */
const ERROR_LINES = 500;

interface Host {
  readonly name: string;
  readonly directories: HostDirectories;
}

type Outcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'stopped'; readonly status: SecondaryStatus; readonly message: string };

/**
 * SageMaker training on this machine: one process group per host in SageMaker's directory layout, input from and output to the object store.
 */
export class TrainingJobs {
  constructor(private readonly options: TrainingJobsOptions) {}

  /**
   * Runs a CreateTrainingJob request to its end. Aborting stops the job.
   *
   * @returns what DescribeTrainingJob would answer, with times as epoch milliseconds
   * @throws SageMakerError (ValidationException, ResourceInUse) for a request that starts no job
   * @throws TrainingJobFailed for a job that failed, took too long or was stopped
   */
  async run(raw: unknown, signal?: AbortSignal): Promise<TrainingJobDescription> {
    const request = parseTrainingRequest(raw);
    const inputs = await this.requireInputs(request);
    const record = await TrainingRecord.create(this.options.folder, request);
    const metrics = new MetricScraper(request.AlgorithmSpecification.MetricDefinitions);
    try {
      const outcome = await this.perform(request, inputs, record, metrics, signal).catch(internalError);
      const FinalMetricDataList = metrics.final();
      if (outcome.kind === 'completed') {
        const ModelArtifacts = { S3ModelArtifacts: `${outputUri(request)}/model.tar.gz` };
        await record.finish('Completed', 'Completed', 'Training job completed', {
          ModelArtifacts,
          FinalMetricDataList,
        });
        return record.description;
      }
      if (outcome.kind === 'stopped') {
        await record.finish('Stopped', outcome.status, outcome.message, { FinalMetricDataList });
      } else {
        await record.finish('Failed', 'Failed', 'Training job failed', {
          FailureReason: outcome.reason,
          FinalMetricDataList,
        });
      }
      throw new TrainingJobFailed(record.description);
    } finally {
      for (const host of hostNames(request.ResourceConfig.InstanceCount)) {
        await rm(join(record.directory, host), { recursive: true, force: true });
      }
    }
  }

  /** What DescribeTrainingJob answers, with times as epoch milliseconds. Throws ValidationException for an unknown name. */
  async describe(name: string): Promise<TrainingJobDescription> {
    return TrainingRecord.read(this.options.folder, name);
  }

  private async requireInputs(request: TrainingRequest): Promise<ReadonlyMap<string, ListedObject[]>> {
    const { store } = this.options;
    const { sourceUri } = readHyperparameters(request);
    const source = parseS3Location(sourceUri);
    try {
      await store.head(source.bucket, source.key);
      await store.requireBucket(parseS3Location(request.OutputDataConfig.S3OutputPath).bucket);
    } catch (error) {
      if (!(error instanceof NoSuchKey || error instanceof NoSuchBucket)) throw error;
      throw new ValidationException(`The training job's source or output does not exist: ${error.message}`);
    }
    const inputs = new Map<string, ListedObject[]>();
    for (const { ChannelName, DataSource } of request.InputDataConfig) {
      inputs.set(ChannelName, await requireObjects(store, DataSource.S3DataSource.S3Uri));
    }
    return inputs;
  }

  private async perform(
    request: TrainingRequest,
    inputs: ReadonlyMap<string, ListedObject[]>,
    record: TrainingRecord,
    metrics: MetricScraper,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    await record.enter('Downloading', 'Downloading input data');
    const names = hostNames(request.ResourceConfig.InstanceCount);
    const hosts: Host[] = [];
    try {
      for (const name of names) {
        const directories = await layOutHost(join(record.directory, name), name, names, request);
        await this.download(request, inputs, directories, names, name);
        hosts.push({ name, directories });
      }
    } catch (error) {
      if (!(error instanceof BadArchive)) throw error;
      const { sourceUri } = readHyperparameters(request);
      return { kind: 'failed', reason: `AlgorithmError: cannot unpack the source code ${sourceUri}: ${error.message}` };
    }
    await record.enter('Training', 'Training image download completed. Training in progress.');
    const outcome = await this.train(request, hosts, record, metrics, signal);
    await record.enter('Uploading', 'Uploading generated training model');
    await this.upload(request, hosts, record, outcome.kind === 'completed');
    return outcome;
  }

  private async download(
    request: TrainingRequest,
    inputs: ReadonlyMap<string, ListedObject[]>,
    directories: HostDirectories,
    names: readonly string[],
    name: string,
  ): Promise<void> {
    const { store } = this.options;
    for (const { ChannelName, DataSource } of request.InputDataConfig) {
      const { S3Uri, S3DataDistributionType } = DataSource.S3DataSource;
      const objects = (inputs.get(ChannelName) ?? []).filter(
        (_, index) => S3DataDistributionType === 'FullyReplicated' || names[index % names.length] === name,
      );
      await downloadPrefix(store, S3Uri, objects, join(directories.data, ChannelName));
    }
    if (request.CheckpointConfig) {
      const { bucket, key } = parseS3Location(request.CheckpointConfig.S3Uri);
      const checkpoints = await store.list(bucket, key);
      await downloadPrefix(store, request.CheckpointConfig.S3Uri, checkpoints, directories.checkpoints);
    }
    const source = parseS3Location(readHyperparameters(request).sourceUri);
    await unpackArchive(store.path(source.bucket, source.key), directories.code);
  }

  /** Runs the script on all hosts; when one fails, the others get a moment to say what they know, and then end too. */
  private async train(
    request: TrainingRequest,
    hosts: readonly Host[],
    record: TrainingRecord,
    metrics: MetricScraper,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    // For torchrun's rendezvous; should another program take the port before it does, the job fails with that reason.
    const cluster = { hosts: hosts.map(({ name }) => name), port: await freePort() };
    const processes: GuardedProcess[] = [];
    const failures: ScriptFailure[] = [];
    let stopped: { readonly status: SecondaryStatus; readonly message: string } | undefined;
    const stopAll = () => {
      for (const one of processes) void one.stop();
    };

    const runHost = async ({ name, directories }: Host): Promise<void> => {
      const command = hostCommand(this.options.python, name, cluster, directories, request);
      const errors: string[] = [];
      const log = openSync(join(record.directory, `${name}.log`), 'a');
      try {
        const started = this.start(request, name, command, directories.code, log, metrics, errors);
        processes.push(started);
        const exit = await started.ended;
        if (exit.code === 0) return;
        failures.push({ exit, errors, command });
        setTimeout(stopAll, LAST_WORDS_MS).unref();
      } finally {
        closeSync(log);
      }
    };

    const limit = setTimeout(
      () => {
        const message = 'Training job runtime exceeded MaxRuntimeInSeconds provided';
        stopped ??= { status: 'MaxRuntimeExceeded', message };
        stopAll();
      },
      Math.min(request.StoppingCondition.MaxRuntimeInSeconds * 1000, MAX_TIMER_MS),
    );
    const abort = () => {
      stopped ??= { status: 'Stopped', message: 'Training job stopped' };
      stopAll();
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const running = hosts.map(runHost);
      if (signal?.aborted) abort();
      await Promise.all(running);
    } finally {
      clearTimeout(limit);
      signal?.removeEventListener('abort', abort);
    }
    if (stopped) return { kind: 'stopped', ...stopped };
    const failure = failures.find(({ errors }) => errorMessage(errors) !== '') ?? failures[0];
    return failure ? { kind: 'failed', reason: failureReason(failure) } : { kind: 'completed' };
  }

  private start(
    { TrainingJobName: jobName }: TrainingRequest,
    host: string,
    command: Command,
    cwd: string,
    log: number,
    metrics: MetricScraper,
    errors: string[],
  ): GuardedProcess {
    return startGuarded(command, {
      cwd,
      graceSeconds: GRACE_SECONDS,
      onLine: (line, source) => {
        writeSync(log, `${line}\n`);
        this.options.onLog?.({ jobName, host, line });
        for (const metric of metrics.scrape(line)) this.options.onMetric?.({ jobName, ...metric });
        if (source === 'stdout') return;
        errors.push(line);
        if (errors.length > ERROR_LINES) errors.shift();
      },
    });
  }

  /** The model is the first host's: rank 0 alone writes it. Checkpoints are kept whatever became of the job. */
  private async upload(
    request: TrainingRequest,
    [first]: readonly Host[],
    record: TrainingRecord,
    completed: boolean,
  ): Promise<void> {
    if (!first) return;
    if (completed) await this.uploadArchive(first.directories.model, `${outputUri(request)}/model.tar.gz`, record);
    if ((await readdir(first.directories.outputData)).length > 0) {
      await this.uploadArchive(first.directories.outputData, `${outputUri(request)}/output.tar.gz`, record);
    }
    if (request.CheckpointConfig) {
      await this.uploadFiles(first.directories.checkpoints, request.CheckpointConfig.S3Uri);
    }
  }

  private async uploadArchive(directory: string, uri: string, record: TrainingRecord): Promise<void> {
    const file = join(record.directory, 'archive.partial');
    const { bucket, key } = parseS3Location(uri);
    await packArchive(directory, file);
    await this.options.store.put(bucket, key, createReadStream(file));
    await rm(file);
  }

  private async uploadFiles(directory: string, uri: string): Promise<void> {
    const { bucket, key } = parseS3Location(uri);
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      await this.options.store.put(
        bucket,
        `${key.replace(/\/$/, '')}/${relative(directory, path)}`,
        createReadStream(path),
      );
    }
  }
}

/**
 * The task `arn:aws:states:::sagemaker:createTrainingJob.sync`. The handler throws TaskError as Step Functions does: `States.TaskFailed`
 * with DescribeTrainingJob's answer as JSON in Cause for a job that ended badly, `SageMaker.…` for a request that SageMaker refuses.
 */
export function createTrainingJobSync(
  jobs: Pick<TrainingJobs, 'run'>,
): (parameters: unknown, task: Pick<TaskContext, 'signal'>) => Promise<TrainingJobDescription> {
  return async (parameters, { signal }) => {
    try {
      return await jobs.run(parameters, signal);
    } catch (error) {
      if (error instanceof TrainingJobFailed) {
        throw new TaskError('States.TaskFailed', JSON.stringify(error.description));
      }
      if (!(error instanceof SageMakerError)) throw error;
      // Step Functions has names only for the errors that the API declares.
      const name = error.code === 'ResourceInUse' ? 'ResourceInUseException' : 'AmazonSageMakerException';
      throw new TaskError(
        `SageMaker.${name}`,
        `${error.message} (Service: AmazonSageMaker; Status Code: ${error.status}; Error Code: ${error.code}; Request ID: ${randomUUID()}; Proxy: null)`,
      );
    }
  };
}

/** SageMaker's name for what is the fault of neither the request nor the script; a job that ended must not look as if it ran on. */
function internalError(error: unknown): Outcome {
  return { kind: 'failed', reason: `InternalServerError: ${error instanceof Error ? error.message : String(error)}` };
}

function outputUri({ OutputDataConfig, TrainingJobName }: TrainingRequest): string {
  return `${OutputDataConfig.S3OutputPath.replace(/\/$/, '')}/${TrainingJobName}/output`;
}
