import { randomUUID } from 'node:crypto';
import { TaskError } from '../step-functions/errors';
import type { TaskContext } from '../step-functions/task';
import { SageMakerError } from './sagemaker-error';
import { TrainingJobFailed, type TrainingJobs } from './training-jobs';
import type { TrainingJobDescription } from './training-record';

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
