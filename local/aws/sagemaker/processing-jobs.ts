import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NoSuchBucket } from '../s3/object-store';
import { ProcessingJob, type Outcome, type ProcessingJobsOptions } from './processing-job';
import { parseProcessingRequest, type ProcessingRequest } from './processing-request';
import { inputObjects, type InputObjects } from './processing-input';
import { Records } from './records';
import { parseS3Location } from './s3-location';
import { SageMakerError, ValidationException } from './sagemaker-error';

/** What DescribeProcessingJob answers, with times as epoch milliseconds, which is how Step Functions hands them on. */
export interface ProcessingJobDescription extends ProcessingRequest, Partial<Omit<Outcome, 'ProcessingJobStatus'>> {
  readonly ProcessingJobArn: string;
  readonly ProcessingJobStatus: Outcome['ProcessingJobStatus'] | 'InProgress' | 'Stopping';
  readonly CreationTime: number;
  readonly LastModifiedTime: number;
  readonly ProcessingStartTime: number;
  readonly ProcessingEndTime?: number;
}

/** A job that ended in another way than Completed. */
export class ProcessingJobFailed extends Error {
  override readonly name = 'ProcessingJobFailed';
  constructor(readonly description: ProcessingJobDescription) {
    super(description.FailureReason ?? `the processing job ended as ${description.ProcessingJobStatus}`);
  }
}

/** SageMaker Processing on this machine. */
export class ProcessingJobs {
  private readonly records: Records<ProcessingJobDescription>;
  /** Those that this process runs, by name. */
  private readonly running = new Map<string, { readonly stop: AbortController; readonly end: Promise<Outcome> }>();

  constructor(private readonly options: ProcessingJobsOptions) {
    this.records = new Records(options.folder, 'processing-job');
  }

  /**
   * Runs a CreateProcessingJob request to its end. Aborting stops the job.
   *
   * @returns what DescribeProcessingJob would answer
   * @throws SageMakerError (ValidationException, ResourceInUse) for a request that starts no job
   * @throws ProcessingJobFailed for a job that failed, took too long or was stopped
   */
  async run(raw: unknown, signal?: AbortSignal): Promise<ProcessingJobDescription> {
    const request = parseProcessingRequest(raw);
    const name = request.ProcessingJobName;
    const inputs = await this.requireObjectsAndBuckets(request);
    await this.requireNew(name);
    const now = Date.now();
    const ProcessingJobArn = this.records.arn(name);
    await mkdir(join(this.options.folder, name), { recursive: true });
    await this.records.put(name, {
      ...request,
      ProcessingJobArn,
      ProcessingJobStatus: 'InProgress',
      CreationTime: now,
      LastModifiedTime: now,
      ProcessingStartTime: now,
    });
    const stop = new AbortController();
    const stopped = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    const end = new ProcessingJob(this.options, request, inputs, ProcessingJobArn).run(stopped);
    this.running.set(name, { stop, end });
    const outcome = await end;
    this.running.delete(name);
    const description = await this.change(name, { ...outcome, ProcessingEndTime: Date.now() });
    if (outcome.ProcessingJobStatus !== 'Completed') throw new ProcessingJobFailed(description);
    return description;
  }

  /** What DescribeProcessingJob answers. Throws ValidationException for an unknown name. */
  async describe(name: string): Promise<ProcessingJobDescription> {
    return this.records.get(name);
  }

  /** What StopProcessingJob does: the job is told to end, and goes on until it has. Throws ValidationException. */
  async stop(name: string): Promise<void> {
    const { ProcessingJobStatus } = await this.describe(name);
    const job = this.running.get(name);
    if (job === undefined) {
      throw new ValidationException(
        `The request was rejected because the processing job is in status ${ProcessingJobStatus}.`,
      );
    }
    await this.change(name, { ProcessingJobStatus: 'Stopping' });
    job.stop.abort();
  }

  /** Stops all jobs and waits until they have ended. */
  async close(): Promise<void> {
    for (const { stop } of this.running.values()) stop.abort();
    await Promise.all([...this.running.values()].map(({ end }) => end));
  }

  /**
   * Ends the jobs that were in progress when an earlier process was killed, which nothing runs any more: each is Failed, with the reason.
   * To be called before `run`.
   */
  async failInterrupted(): Promise<void> {
    for (const [name, { ProcessingJobStatus }] of await this.records.all()) {
      if (!['InProgress', 'Stopping'].includes(ProcessingJobStatus)) continue;
      await this.change(name, {
        ProcessingJobStatus: 'Failed',
        FailureReason: 'InternalServerError: The process that ran the processing job ended before the job did.',
        ProcessingEndTime: Date.now(),
      });
    }
  }

  private async change(name: string, changes: Partial<ProcessingJobDescription>): Promise<ProcessingJobDescription> {
    return this.records.put(name, { ...(await this.records.get(name)), ...changes, LastModifiedTime: Date.now() });
  }

  private async requireNew(name: string): Promise<void> {
    if (!(await this.records.all()).some(([other]) => other === name)) return;
    throw new SageMakerError(
      'ResourceInUse',
      `Job name must be unique within an AWS account and region, and a job with this name already exists (${this.records.arn(name)})`,
    );
  }

  private async requireObjectsAndBuckets(request: ProcessingRequest): Promise<ReadonlyMap<string, InputObjects>> {
    const { store } = this.options;
    for (const { S3Output } of request.ProcessingOutputConfig.Outputs) {
      try {
        await store.requireBucket(parseS3Location(S3Output.S3Uri).bucket);
      } catch (error) {
        if (!(error instanceof NoSuchBucket)) throw error;
        throw new ValidationException(`The output of the processing job has no bucket: ${error.message}`);
      }
    }
    const inputs = new Map<string, InputObjects>();
    for (const { InputName, S3Input } of request.ProcessingInputs) {
      inputs.set(InputName, await inputObjects(store, S3Input));
    }
    return inputs;
  }
}
