import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SageMakerError, ValidationException } from './sagemaker-error';
import { trainingJobArn } from './training-host';
import type { TrainingRequest } from './training-request';

export type TrainingJobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';
export type SecondaryStatus =
  | 'Starting'
  | 'Downloading'
  | 'Training'
  | 'Uploading'
  | 'Completed'
  | 'Failed'
  | 'Stopping'
  | 'Stopped'
  | 'MaxRuntimeExceeded';

/** What DescribeTrainingJob answers, with times as epoch milliseconds, which is how Step Functions hands them on. */
export interface TrainingJobDescription extends Omit<
  TrainingRequest,
  'EnableManagedSpotTraining' | 'EnableNetworkIsolation'
> {
  readonly TrainingJobArn: string;
  TrainingJobStatus: TrainingJobStatus;
  SecondaryStatus: SecondaryStatus;
  SecondaryStatusTransitions: {
    readonly Status: SecondaryStatus;
    readonly StartTime: number;
    EndTime?: number;
    readonly StatusMessage: string;
  }[];
  readonly CreationTime: number;
  LastModifiedTime: number;
  TrainingStartTime?: number;
  TrainingEndTime?: number;
  TrainingTimeInSeconds?: number;
  BillableTimeInSeconds?: number;
  FailureReason?: string;
  ModelArtifacts?: { readonly S3ModelArtifacts: string };
  FinalMetricDataList?: { readonly MetricName: string; readonly Value: number; readonly Timestamp: number }[];
}

/** The record of one job, in a directory of its own; written at every change, so that it outlives this process. */
export class TrainingRecord {
  private constructor(
    readonly directory: string,
    readonly description: TrainingJobDescription,
  ) {}

  /** Takes the job's name for ever. Throws ResourceInUse when a job of this name exists or existed. */
  static async create(folder: string, request: TrainingRequest): Promise<TrainingRecord> {
    const directory = join(folder, request.TrainingJobName);
    await mkdir(folder, { recursive: true });
    try {
      await mkdir(directory);
    } catch (error) {
      if (!existsSync(directory)) throw error;
      throw new SageMakerError(
        'ResourceInUse',
        `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${trainingJobArn(request.TrainingJobName)})`,
      );
    }
    const now = Date.now();
    const record = new TrainingRecord(directory, {
      ...request,
      TrainingJobArn: trainingJobArn(request.TrainingJobName),
      TrainingJobStatus: 'InProgress',
      SecondaryStatus: 'Starting',
      SecondaryStatusTransitions: [{ Status: 'Starting', StartTime: now, StatusMessage: '' }],
      CreationTime: now,
      LastModifiedTime: now,
    });
    await record.write();
    return record;
  }

  /** The record of a job of this or an earlier process. Throws ValidationException when there never was one. */
  static async read(folder: string, name: string): Promise<TrainingRecord> {
    const file = join(folder, name, 'job.json');
    if (!existsSync(file)) throw new ValidationException('Requested resource not found.');
    return new TrainingRecord(join(folder, name), JSON.parse(await readFile(file, 'utf8')) as TrainingJobDescription);
  }

  /** The records of all jobs of this and earlier processes. */
  static async all(folder: string): Promise<TrainingRecord[]> {
    await mkdir(folder, { recursive: true });
    // A process may have been killed between making the folder of a job and writing its record.
    const names = (await readdir(folder)).filter((name) => existsSync(join(folder, name, 'job.json')));
    return Promise.all(names.map((name) => TrainingRecord.read(folder, name)));
  }

  /** The job goes on to its next phase. */
  async enter(status: SecondaryStatus, message = ''): Promise<void> {
    const now = Date.now();
    const { description } = this;
    const previous = description.SecondaryStatusTransitions.at(-1);
    if (previous) previous.EndTime = now;
    description.SecondaryStatusTransitions.push({ Status: status, StartTime: now, StatusMessage: message });
    description.SecondaryStatus = status;
    description.LastModifiedTime = now;
    if (status === 'Downloading') description.TrainingStartTime = now;
    await this.write();
  }

  /** The job is asked to end. */
  async stop(): Promise<void> {
    this.description.TrainingJobStatus = 'Stopping';
    await this.enter('Stopping', 'Stopping the training job');
  }

  /** The job is over; `outcome` holds what only an ended job has. */
  async finish(
    status: Exclude<TrainingJobStatus, 'InProgress' | 'Stopping'>,
    secondaryStatus: SecondaryStatus,
    message: string,
    outcome: Pick<TrainingJobDescription, 'FailureReason' | 'ModelArtifacts' | 'FinalMetricDataList'>,
  ): Promise<void> {
    const { description } = this;
    const end = Date.now();
    const seconds = Math.max(1, Math.round((end - (description.TrainingStartTime ?? end)) / 1000));
    Object.assign(description, outcome, {
      TrainingJobStatus: status,
      TrainingEndTime: end,
      TrainingTimeInSeconds: seconds,
      BillableTimeInSeconds: seconds,
    });
    await this.enter(secondaryStatus, message);
  }

  /** The job is over, without success. */
  async fail(FailureReason: string, outcome: Pick<TrainingJobDescription, 'FinalMetricDataList'> = {}): Promise<void> {
    await this.finish('Failed', 'Failed', 'Training job failed', { FailureReason, ...outcome });
  }

  /** Only the record and the logs stay of a job that is over. */
  async removeHosts(): Promise<void> {
    for (const entry of await readdir(this.directory, { withFileTypes: true })) {
      if (entry.isDirectory()) await rm(join(this.directory, entry.name), { recursive: true, force: true });
    }
  }

  private async write(): Promise<void> {
    const file = join(this.directory, 'job.json');
    await writeFile(`${file}.partial`, JSON.stringify(this.description, undefined, 2));
    await rename(`${file}.partial`, file);
  }
}
