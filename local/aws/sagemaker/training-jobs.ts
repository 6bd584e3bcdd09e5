import { NoSuchBucket, NoSuchKey, type ListedObject } from '../s3/object-store';
import { parseS3Location } from './s3-location';
import { ValidationException } from './sagemaker-error';
import { requireObjects } from './training-channels';
import { readHyperparameters } from './training-host';
import { TrainingJob, type TrainingJobsOptions } from './training-job';
import { TrainingRecord, type TrainingJobDescription } from './training-record';
import { parseTrainingRequest, type TrainingRequest } from './training-request';

/** A job that ended in another way than Completed. */
export class TrainingJobFailed extends Error {
  override readonly name = 'TrainingJobFailed';
  constructor(readonly description: TrainingJobDescription) {
    super(description.FailureReason ?? `the training job ended as ${description.SecondaryStatus}`);
  }
}

/** SageMaker training on this machine. */
export class TrainingJobs {
  /** Those that this process runs, by name. */
  private readonly running = new Map<string, { readonly stop: AbortController; readonly end: Promise<void> }>();

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
    const stop = new AbortController();
    const end = new TrainingJob(this.options, request, inputs, record).run(
      signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
    );
    this.running.set(request.TrainingJobName, { stop, end });
    await end;
    this.running.delete(request.TrainingJobName);
    if (record.description.TrainingJobStatus !== 'Completed') throw new TrainingJobFailed(record.description);
    return record.description;
  }

  /** What DescribeTrainingJob answers, with times as epoch milliseconds. Throws ValidationException for an unknown name. */
  async describe(name: string): Promise<TrainingJobDescription> {
    return (await TrainingRecord.read(this.options.folder, name)).description;
  }

  /** What StopTrainingJob does: the job is told to end, and goes on until it has. Throws ValidationException. */
  async stop(name: string): Promise<void> {
    const { TrainingJobStatus } = await this.describe(name);
    if (TrainingJobStatus !== 'InProgress' && TrainingJobStatus !== 'Stopping') {
      throw new ValidationException(
        `The request was rejected because the training job is in status ${TrainingJobStatus}.`,
      );
    }
    this.running.get(name)?.stop.abort();
  }

  /** Stops all jobs and waits until they have ended. */
  async close(): Promise<void> {
    for (const { stop } of this.running.values()) stop.abort();
    await Promise.all([...this.running.values()].map(({ end }) => end));
  }

  /**
   * Ends the jobs that were in progress when an earlier process was killed, which nothing runs any more: each is Failed, with the reason.
   * To be called before `run`.
   *
   * @returns what was known of each when it was cut off, the latest last
   */
  async failInterrupted(): Promise<TrainingJobDescription[]> {
    const interrupted: TrainingJobDescription[] = [];
    for (const record of await TrainingRecord.all(this.options.folder)) {
      if (!['InProgress', 'Stopping'].includes(record.description.TrainingJobStatus)) continue;
      interrupted.push(structuredClone(record.description));
      await record.fail('InternalServerError: The process that ran the training job ended before the job did.');
      await record.removeHosts();
    }
    return interrupted.sort((a, b) => a.CreationTime - b.CreationTime);
  }

  private async requireInputs(request: TrainingRequest): Promise<ReadonlyMap<string, ListedObject[]>> {
    const { store } = this.options;
    const source = parseS3Location(readHyperparameters(request).sourceUri);
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
}
