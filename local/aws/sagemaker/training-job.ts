import { closeSync, createReadStream, existsSync, openSync, writeSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../loopback';
import type { ListedObject, ObjectStore } from '../s3/object-store';
import { FolderUpload } from './folder-upload';
import { startGuarded, type GuardedProcess } from './guarded-process';
import { BadArchive, packArchive, unpackArchive } from './model-archive';
import { parseS3Location } from './s3-location';
import { downloadPrefix } from './training-channels';
import { ErrorOutput, failureReason, type ScriptFailure } from './training-failure';
import { hostCommand, hostNames, layOutHost, readHyperparameters, type HostDirectories } from './training-host';
import { MetricScraper, type Metric } from './training-metrics';
import type { SecondaryStatus, TrainingRecord } from './training-record';
import type { TrainingRequest } from './training-request';

export interface TrainingJobsOptions {
  readonly store: ObjectStore;
  /** The interpreter that runs the scripts; `torchrun` is expected beside it. */
  readonly python: string;
  /** Each job has a folder in here, with its record `job.json` and one log file per host. */
  readonly folder: string;
  /** Between SIGTERM and SIGKILL, when a job is stopped. @default 120, as SageMaker has it */
  readonly graceSeconds?: number;
  readonly onLog?: (event: { readonly jobName: string; readonly host: string; readonly line: string }) => void;
  readonly onMetric?: (event: { readonly jobName: string } & Metric) => void;
}

const GRACE_SECONDS = 120;
/** How long the other hosts may go on after one has failed, for the one that knows why need not be the first. */
const LAST_WORDS_MS = 2000;
/** A timer cannot wait longer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Host {
  readonly name: string;
  readonly directories: HostDirectories;
}

/** Why a job was stopped before its script had ended. */
interface Stop {
  readonly status: SecondaryStatus;
  readonly message: string;
  /** Resolves when the job's record says so. */
  readonly recorded: Promise<void>;
}

/** One job: a process group per host in SageMaker's directory layout, input from and output to the object store. */
export class TrainingJob {
  private readonly hosts: Host[] = [];
  private readonly metrics: MetricScraper;
  private readonly processes: GuardedProcess[] = [];
  private stopped: Stop | undefined;
  private hasModel = false;

  constructor(
    private readonly options: TrainingJobsOptions,
    private readonly request: TrainingRequest,
    /** The objects of each channel. */
    private readonly inputs: ReadonlyMap<string, ListedObject[]>,
    private readonly record: TrainingRecord,
  ) {
    this.metrics = new MetricScraper(request.AlgorithmSpecification.MetricDefinitions);
  }

  /** Runs the job; how it ended is in its record. */
  async run(signal: AbortSignal | undefined): Promise<void> {
    const { record, metrics } = this;
    try {
      const reason = await this.failureOf(signal);
      const final = { FinalMetricDataList: metrics.final() };
      const model = this.hasModel ? { ModelArtifacts: { S3ModelArtifacts: this.outputUri('model.tar.gz') } } : {};
      if (this.stopped) {
        await record.finish('Stopped', this.stopped.status, this.stopped.message, { ...final, ...model });
      } else if (reason !== undefined) {
        await record.fail(reason, final);
      } else {
        await record.finish('Completed', 'Completed', 'Training job completed', { ...final, ...model });
      }
    } catch (error) {
      // The fault of neither the request nor the script; a job that ended must not look as if it ran on.
      const reason = `InternalServerError: ${error instanceof Error ? error.message : String(error)}`;
      await record.fail(reason, { FinalMetricDataList: metrics.final() });
    } finally {
      await record.removeHosts();
    }
  }

  /** Downloads, trains and uploads; why the job failed, or undefined when it completed or was stopped. */
  private async failureOf(signal: AbortSignal | undefined): Promise<string | undefined> {
    await this.record.enter('Downloading', 'Downloading input data');
    try {
      await this.download();
    } catch (error) {
      if (!(error instanceof BadArchive)) throw error;
      const { sourceUri } = readHyperparameters(this.request);
      return `AlgorithmError: cannot unpack the source code ${sourceUri}: ${error.message}`;
    }
    await this.record.enter('Training', 'Training image download completed. Training in progress.');
    const failure = await this.train(signal);
    await this.stopped?.recorded;
    await this.record.enter('Uploading', 'Uploading generated training model');
    await this.upload(failure);
    return failure && failureReason(failure);
  }

  private async download(): Promise<void> {
    const { request, options, inputs } = this;
    const { store } = options;
    const names = hostNames(request.ResourceConfig.InstanceCount);
    const source = parseS3Location(readHyperparameters(request).sourceUri);
    for (const name of names) {
      const directories = await layOutHost(join(this.record.directory, name), name, names, request);
      for (const { ChannelName, DataSource } of request.InputDataConfig) {
        const { S3Uri, S3DataDistributionType } = DataSource.S3DataSource;
        const objects = (inputs.get(ChannelName) ?? []).filter(
          (_, index) => S3DataDistributionType === 'FullyReplicated' || names[index % names.length] === name,
        );
        await downloadPrefix(store, S3Uri, objects, join(directories.data, ChannelName));
      }
      if (request.CheckpointConfig) {
        const { S3Uri } = request.CheckpointConfig;
        const { bucket, key } = parseS3Location(S3Uri);
        await downloadPrefix(store, S3Uri, await store.list(bucket, key), directories.checkpoints);
      }
      await unpackArchive(store.path(source.bucket, source.key), directories.code);
      this.hosts.push({ name, directories });
    }
  }

  /** Runs the script on all hosts; when one fails, the others get a moment to say what they know, and then end too. */
  private async train(signal: AbortSignal | undefined): Promise<ScriptFailure | undefined> {
    // For torchrun's rendezvous; should another program take the port before it does, the job fails with that reason.
    const port = await freePort();
    const { MaxRuntimeInSeconds } = this.request.StoppingCondition;
    const limit = setTimeout(
      () => {
        const message = 'Training job runtime exceeded MaxRuntimeInSeconds provided';
        this.stop('MaxRuntimeExceeded', message);
      },
      Math.min(MaxRuntimeInSeconds * 1000, MAX_TIMER_MS),
    );
    const abort = () => {
      this.stop('Stopped', 'Training job stopped');
    };
    signal?.addEventListener('abort', abort, { once: true });
    const upload = this.checkpointUpload();
    try {
      const running = this.hosts.map((host) => this.runScript(host, port));
      if (signal?.aborted) abort();
      const failures = (await Promise.all(running)).filter((failure) => failure !== undefined);
      return failures.find(({ errors, description }) => errors !== '' || description !== undefined) ?? failures[0];
    } finally {
      clearTimeout(limit);
      signal?.removeEventListener('abort', abort);
      await upload?.finish();
    }
  }

  /** The first host's: rank 0 alone writes. */
  private checkpointUpload(): FolderUpload | undefined {
    const [first] = this.hosts;
    const { CheckpointConfig } = this.request;
    return first && CheckpointConfig
      ? new FolderUpload(this.options.store, CheckpointConfig.S3Uri, first.directories.checkpoints)
      : undefined;
  }

  /** Asks the scripts to end, which have `graceSeconds` to save what they want to keep. */
  private stop(status: SecondaryStatus, message: string): void {
    this.stopped ??= { status, message, recorded: this.record.stop() };
    this.endProcesses();
  }

  private endProcesses(): void {
    for (const one of this.processes) void one.stop();
  }

  private async runScript({ name: host, directories }: Host, port: number): Promise<ScriptFailure | undefined> {
    const { request, options, metrics } = this;
    const { TrainingJobName: jobName } = request;
    const cluster = { hosts: this.hosts.map(({ name }) => name), port };
    const command = hostCommand(options.python, host, cluster, directories, request);
    const errors = new ErrorOutput();
    const log = openSync(join(this.record.directory, `${host}.log`), 'a');
    try {
      const started = startGuarded(command, {
        cwd: directories.code,
        graceSeconds: options.graceSeconds ?? GRACE_SECONDS,
        onLine: (line, source) => {
          writeSync(log, `${line}\n`);
          errors.add(line, source);
          options.onLog?.({ jobName, host, line });
          for (const metric of metrics.scrape(line)) options.onMetric?.({ jobName, ...metric });
        },
      });
      this.processes.push(started);
      const exit = await started.ended;
      if (exit.code === 0) return undefined;
      setTimeout(() => {
        this.endProcesses();
      }, LAST_WORDS_MS).unref();
      return { exit, command, errors: errors.toString(), description: await failureFile(directories) };
    } finally {
      closeSync(log);
    }
  }

  /** The model is the first host's: rank 0 alone writes it. A script that is stopped may have saved one too. */
  private async upload(failure: ScriptFailure | undefined): Promise<void> {
    const [first] = this.hosts;
    if (!first) return;
    const { model, outputData } = first.directories;
    this.hasModel = this.stopped ? (await readdir(model)).length > 0 : failure === undefined;
    if (this.hasModel) await this.uploadArchive(model, 'model.tar.gz');
    if ((await readdir(outputData)).length > 0) await this.uploadArchive(outputData, 'output.tar.gz');
  }

  private async uploadArchive(directory: string, name: string): Promise<void> {
    const file = join(this.record.directory, 'archive.partial');
    const { bucket, key } = parseS3Location(this.outputUri(name));
    await packArchive(directory, file);
    await this.options.store.put(bucket, key, createReadStream(file));
    await rm(file);
  }

  private outputUri(name: string): string {
    const { OutputDataConfig, TrainingJobName } = this.request;
    return `${OutputDataConfig.S3OutputPath.replace(/\/$/, '')}/${TrainingJobName}/output/${name}`;
  }
}

/** What the script says of its failure in the file that SageMaker's container contract has for it. */
async function failureFile({ output }: HostDirectories): Promise<string | undefined> {
  const file = join(output, 'failure');
  return existsSync(file) ? readFile(file, 'utf8') : undefined;
}
