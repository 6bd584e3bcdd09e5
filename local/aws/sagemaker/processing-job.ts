import { closeSync, openSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore } from '../s3/object-store';
import { FolderUpload } from './folder-upload';
import { startGuarded, type GuardedProcess } from './guarded-process';
import { ProcessingHost } from './processing-host';
import type { InputObjects } from './processing-input';
import type { ProcessingRequest } from './processing-request';
import { downloadPrefix } from './training-channels';
import { hostNames } from './training-host';

export interface ProcessingJobsOptions {
  readonly store: ObjectStore;
  /** The interpreter that stands for every image's. */
  readonly python: string;
  /** Each job has a folder in here, with one log file per host. */
  readonly folder: string;
  /** Between SIGTERM and SIGKILL, when a job is stopped. @default 120, as of a training job: SageMaker does not say */
  readonly graceSeconds?: number;
  readonly onLog?: (event: { readonly jobName: string; readonly host: string; readonly line: string }) => void;
}

/** How a job ended. */
export interface Outcome {
  readonly ProcessingJobStatus: 'Completed' | 'Failed' | 'Stopped';
  readonly FailureReason?: string;
  readonly ExitMessage?: string;
}

const GRACE_SECONDS = 120;
/** Of the messages of all hosts together, in bytes. */
const LONGEST_MESSAGE = 1024;
/** A timer cannot wait longer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One job: a process group per host, its inputs from and its outputs to the object store. */
export class ProcessingJob {
  private readonly hosts: readonly ProcessingHost[];
  private readonly processes: GuardedProcess[] = [];
  private stopped = false;

  constructor(
    private readonly options: ProcessingJobsOptions,
    private readonly request: ProcessingRequest,
    /** The objects of each input, by its name. */
    private readonly inputs: ReadonlyMap<string, InputObjects>,
    private readonly arn: string,
  ) {
    const names = hostNames(request.ProcessingResources.ClusterConfig.InstanceCount);
    this.hosts = names.map((name) => new ProcessingHost(name, join(this.directory, name)));
  }

  /** Runs the job to its end. */
  async run(signal: AbortSignal): Promise<Outcome> {
    try {
      await this.download();
      return await this.process(signal);
    } catch (error) {
      // The fault of neither the request nor the program; a job that ended must not look as if it ran on.
      const reason = error instanceof Error ? error.message : String(error);
      return { ProcessingJobStatus: 'Failed', FailureReason: `InternalServerError: ${reason}` };
    } finally {
      for (const { name } of this.hosts) await rm(join(this.directory, name), { recursive: true, force: true });
    }
  }

  private get directory(): string {
    return join(this.options.folder, this.request.ProcessingJobName);
  }

  private async download(): Promise<void> {
    const { hosts, request, options, inputs } = this;
    const names = hosts.map(({ name }) => name);
    for (const [index, host] of hosts.entries()) {
      await host.layOut(names, request, this.arn);
      for (const { InputName, S3Input } of request.ProcessingInputs) {
        const { prefix, objects } = inputs.get(InputName) ?? { prefix: S3Input.S3Uri, objects: [] };
        const own = objects.filter(
          (_, at) => S3Input.S3DataDistributionType === 'FullyReplicated' || at % hosts.length === index,
        );
        await downloadPrefix(options.store, prefix, own, host.local(S3Input.LocalPath));
      }
    }
  }

  private async process(signal: AbortSignal): Promise<Outcome> {
    const { hosts } = this;
    const stop = () => {
      this.stopped = true;
      this.endProcesses();
    };
    const { MaxRuntimeInSeconds } = this.request.StoppingCondition;
    const limit = setTimeout(stop, Math.min(MaxRuntimeInSeconds * 1000, MAX_TIMER_MS));
    signal.addEventListener('abort', stop, { once: true });
    const uploads = this.uploads('Continuous');
    try {
      const running = hosts.map((host) => this.runProgram(host));
      if (signal.aborted) stop();
      const failure = (await Promise.all(running)).find((code) => code !== 0);
      const messages = (await Promise.all(hosts.map((host) => host.exitMessage()))).join('');
      const ExitMessage = Buffer.from(messages).subarray(0, LONGEST_MESSAGE).toString();
      const told = ExitMessage === '' ? {} : { ExitMessage };
      if (this.stopped) return { ProcessingJobStatus: 'Stopped', ...told };
      if (failure !== undefined) {
        const FailureReason = `AlgorithmError: See job logs for more information, exit code: ${failure}`;
        return { ProcessingJobStatus: 'Failed', FailureReason, ...told };
      }
      uploads.push(...this.uploads('EndOfJob'));
      return { ProcessingJobStatus: 'Completed', ...told };
    } finally {
      clearTimeout(limit);
      signal.removeEventListener('abort', stop);
      for (const upload of uploads) await upload.finish();
    }
  }

  private uploads(mode: 'Continuous' | 'EndOfJob'): FolderUpload[] {
    const outputs = this.request.ProcessingOutputConfig.Outputs.filter(
      ({ S3Output }) => S3Output.S3UploadMode === mode,
    );
    return outputs.flatMap(({ S3Output: { S3Uri, LocalPath } }) =>
      this.hosts.map((host) => new FolderUpload(this.options.store, S3Uri, host.local(LocalPath))),
    );
  }

  /** The exit code of the program on one host; when it is not 0, the job has failed, and the other hosts end too. */
  private async runProgram(host: ProcessingHost): Promise<number> {
    const { options, request, directory } = this;
    const log = openSync(join(directory, `${host.name}.log`), 'a');
    try {
      const started = startGuarded(host.command(options.python, request), {
        cwd: join(directory, host.name),
        graceSeconds: options.graceSeconds ?? GRACE_SECONDS,
        onLine: (line) => {
          writeSync(log, `${line}\n`);
          options.onLog?.({ jobName: request.ProcessingJobName, host: host.name, line });
        },
      });
      this.processes.push(started);
      const { code } = await started.ended;
      if (code !== 0) this.endProcesses();
      // As a shell has it for a program that a signal has ended.
      return code ?? 137;
    } finally {
      closeSync(log);
    }
  }

  private endProcesses(): void {
    for (const one of this.processes) void one.stop();
  }
}
