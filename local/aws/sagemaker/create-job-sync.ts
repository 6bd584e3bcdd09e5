import { randomUUID } from 'node:crypto';
import { TaskError } from '../step-functions/errors';
import type { TaskContext } from '../step-functions/task';
import { ProcessingJobFailed, type ProcessingJobDescription, type ProcessingJobs } from './processing-jobs';
import { SageMakerError } from './sagemaker-error';
import { TrainingJobFailed, type TrainingJobs } from './training-jobs';
import type { TrainingJobDescription } from './training-record';

type JobTask<Description> = (parameters: unknown, task: Pick<TaskContext, 'signal'>) => Promise<Description>;

/** The task `arn:aws:states:::sagemaker:createTrainingJob.sync`; see `jobTask`. */
export function createTrainingJobSync(jobs: Pick<TrainingJobs, 'run'>): JobTask<TrainingJobDescription> {
  return jobTask(jobs);
}

/** The task `arn:aws:states:::sagemaker:createProcessingJob.sync`; see `jobTask`. */
export function createProcessingJobSync(jobs: Pick<ProcessingJobs, 'run'>): JobTask<ProcessingJobDescription> {
  return jobTask(jobs);
}

/**
 * Runs a job to its end. The handler throws TaskError as Step Functions does: `States.TaskFailed` with the answer of the job's Describe
 * as JSON in Cause for a job that ended badly, `SageMaker.…` for a request that SageMaker refuses.
 */
function jobTask<Description>(jobs: {
  run(request: unknown, signal: AbortSignal): Promise<Description>;
}): JobTask<Description> {
  return async (parameters, { signal }) => {
    try {
      return await jobs.run(parameters, signal);
    } catch (error) {
      if (error instanceof TrainingJobFailed || error instanceof ProcessingJobFailed) {
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
