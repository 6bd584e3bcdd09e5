import { ADVICE } from '../../lambda/shared/failure-advice';

/** What to do here, where AWS's consoles, roles and logs are not. */
const HERE: Partial<Record<keyof typeof ADVICE, string>> = {
  baseModel:
    'Correct --base-model: it must be a folder with a pretrained model, or a public model id of the Hugging Face hub.',
  batchMemory:
    'The memory did not suffice: close what else is running, and start again, which goes on where this one ended.',
  memory: 'The memory did not suffice: lower training.batchSize or training.maxLength in the file of --input.',
  runtime: 'Train fewer epochs, by --epochs, or allow a longer run in configuration.json.',
  modelServer:
    "The model's server did not come up: its log is in .local/hosting/logs/, and code/inference.py in the archive is the likely cause.",
  artifact: 'Nothing was deployed: start again with another --model, or train anew.',
  input: 'Start again with corrected options.',
  datasetUnavailable: 'Check --data, and dataset.source in the file of --input.',
  anotherExecution: 'Wait until it has ended, then start again.',
  endpointNotReady: "Look at the model server's log in .local/hosting/logs/, and start again.",
  candidates: "Mend what the reasons name; the jobs' logs are in .local/training/.",
  processing: "Start again, which goes on where this one ended; the job's log is in .local/processing/.",
  training: "The job's log is in .local/training/.",
  timeout: 'It took longer than it may: look at the logs in .local/logs/; less data may do.',
  queryEvaluation: 'This is a fault of the state machine itself: report it.',
  otherwise: "Look at this state's log in .local/logs/.",
};

/** A failure's cause with the advice for this machine in the place of that for AWS, and without a link to AWS's console. */
export function withAdviceForThisMachine(causeOnAws: string): string {
  const cause = causeOnAws.replace(/ Its log: https:\S+/, '');
  const told = Object.entries(ADVICE).find(([, { advice }]) => cause.endsWith(advice));
  const here = told && HERE[told[0] as keyof typeof ADVICE];
  return told === undefined || here === undefined ? cause : cause.slice(0, -told[1].advice.length) + here;
}
