import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { isRefusalOfAccelerator } from '../../lambda/shared/accelerator-refusal';
import { readConfiguration, readConfiguredFields } from '../../lib/configuration/configuration';
import { configuredDefaults } from '../../lib/pipeline/configured-defaults';
import { LocalCloud } from './cloud';
import { executionInput, findLaptopModel } from './execution-input';
import { CommandFailed, exitCodeOf, sentenceOf } from './failure';
import { withAdviceForThisMachine } from './failure-advice';
import { type Gateway, openGateway } from './gateway';
import { readInService } from './in-service';
import { type Outcome, outcomeLines, withPathOfReport } from './outcome';
import { HELP, type Options, parseOptions, UsageError } from './options';
import { Executions } from './pipeline-page/executions';
import { LocalPipeline } from './pipeline-page/local-pipeline';
import { PipelinePage } from './pipeline-page/server';
import { PipelineProgress } from './pipeline-progress';
import { Progress } from './progress';
import { keyOf, Request } from './request';
import type { RestApi } from '../aws/api-gateway/rest-api';
import type { Accelerators } from '../aws/sagemaker/hosting';
import type { ExecutionResult } from '../aws/step-functions/state-machine';
import { StateFolder } from './state-folder';
import { forgetOtherAssemblies, synthesize } from './synthesize';

const ROOT = join(__dirname, '..', '..');
const CONFIGURATION = join(ROOT, 'configuration.json');

export interface Surroundings {
  /** The interpreter of the project's own Python environment. */
  readonly python: string;
  /** What relative paths on the command line are relative to. */
  readonly workingDirectory: string;
  /** Where everything of a local run is kept. */
  readonly stateFolder: string;
}

type Failure = Exclude<ExecutionResult, { readonly status: 'SUCCEEDED' }>;

/** The execution failed or was stopped; what it said has been shown. */
class PipelineFailed extends Error {}

/**
 * `npm start`: deploys the application to this machine, runs the pipeline unless its result is in service already, and
 * serves the API until it is told to stop.
 */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<void> {
  const progress = new Progress(process.stdout);
  const closing: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closing.splice(0).reverse()) {
      await each();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      progress.status('');
      progress.line('Stopping …');
      void close().then(() => process.exit(signal === 'SIGINT' ? 130 : 143));
    });
  }

  try {
    const options = parseOptions(args, surroundings.workingDirectory);
    if (options === undefined) {
      process.stdout.write(HELP);
      return;
    }
    await start(options, args, surroundings, progress, closing);
    if (options.once) {
      await close();
    }
  } catch (error) {
    progress.status('');
    await close();
    process.exitCode = exitCodeOf(error);
    if (error instanceof PipelineFailed) {
      return;
    }
    const sentence = sentenceOf(error);
    if (sentence === undefined) {
      throw error;
    }
    console.error(sentence);
  }
}

async function start(
  options: Options,
  args: readonly string[],
  { python, workingDirectory, stateFolder }: Surroundings,
  progress: Progress,
  closing: (() => Promise<void> | void)[],
): Promise<void> {
  const state = StateFolder.open(stateFolder, options.fresh);
  closing.push(() => {
    state.release();
  });
  // Before anything is trained, so that a port in use is told at once.
  const gateway = options.once ? undefined : await openGateway(options.port);
  if (gateway !== undefined) {
    closing.push(() => gateway.close());
  }

  const request = Request.begin(options, { args, workingDirectory }, state);
  const accelerators = options.accelerator ?? rememberedAccelerators(state);
  state.write('accelerators', accelerators);
  const pipeline = new PipelineProgress(progress);
  const executions = new Executions(state.at('executions'));
  const cloud = await LocalCloud.open({
    folder: state.path,
    root: ROOT,
    python,
    accelerators,
    generatedApiKey: apiKey(state),
    onStateEvent: (event, executionArn) => {
      if (cloud.isExecutionOf('StateMachineArn', executionArn)) {
        executions.onEvent(event, executionArn);
      }
      pipeline.onStateEvent(event);
    },
    onTrainingLog: (event) => {
      executions.onLog(event.jobName, event.line);
      pipeline.onTrainingLog(event);
    },
    onFunctionLog: (functionName, text) => {
      executions.onLog(functionName, text);
    },
    onNotification: ({ subject }) => {
      progress.line(`  Notification: ${subject}`);
    },
  });
  closing.push(() => cloud.close());
  gateway?.show(new PipelinePage(new LocalPipeline(cloud, executions), join(ROOT, 'web', 'pipeline')));
  for (const { TrainingJobName, SecondaryStatus } of cloud.interruptedJobs) {
    progress.line(
      `The training job ${TrainingJobName} was cut off when the last run ended: it was ${SecondaryStatus}, and its model ` +
        'is not in service. The same options train it again.',
    );
  }

  await deployStacks(cloud, state, progress);
  const restApi = cloud.restApi();
  gateway?.serve(restApi, cloud.distribution());
  state.tellAddress({
    awsUrl: cloud.url,
    classifyUrl: gateway === undefined ? undefined : classifyUrl(gateway, restApi),
    apiKey: restApi.apiKey,
  });

  if (gateway !== undefined) {
    progress.line(`The pipeline, as it runs: ${gateway.url}/pipeline`);
  }
  await bringModelIntoService(cloud, request, accelerators, python, progress);
  if (gateway !== undefined) {
    tell(gateway, cloud.url, restApi, progress);
  }
}

async function deployStacks(cloud: LocalCloud, state: StateFolder, progress: Progress): Promise<void> {
  progress.status('Synthesizing the stacks …');
  const assemblies = state.at('assemblies');
  const stacks = await synthesize(ROOT, CONFIGURATION, assemblies);
  forgetOtherAssemblies(ROOT, CONFIGURATION, assemblies);
  for (const bucket of Object.values(readConfiguration(CONFIGURATION).storage)) {
    // On AWS, it is there already.
    await cloud.objects.createBucket(bucket);
  }
  await cloud.publish(stacks);
  progress.status('Starting what is deployed …');
  await cloud.stacks.resume().catch((error: unknown) => {
    const why = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    throw new CommandFailed(`The local run ${why}; npm start -- --fresh starts over, and forgets what was trained.`, {
      cause: error,
    });
  });
  const refused: string[] = [];
  for (const stack of stacks) {
    progress.status(`Deploying ${stack.stackName} …`);
    try {
      await cloud.deploy(stack);
    } catch (error) {
      // The one stack that AWS may refuse, and that nothing depends on.
      if (!(error instanceof Error) || !isRefusalOfAccelerator(error.message)) {
        throw error;
      }
      refused.push(stack.stackName);
    }
  }
  progress.status('');
  const deployed = stacks.filter(({ template }) => template['Resources'] !== undefined).length - refused.length;
  progress.line(`Deployed ${deployed} stacks to this machine.`);
  for (const stackName of refused) {
    progress.line(`The accelerator is refused, as AWS does today: ${stackName} is left out, and the CPU serves.`);
  }
}

/** Runs the pipeline, unless the model that it would lead to is in service already. */
async function bringModelIntoService(
  cloud: LocalCloud,
  request: Request,
  accelerators: Accelerators,
  python: string,
  progress: Progress,
): Promise<void> {
  const promoted = (await readInService(cloud))?.modelDataUrl;
  const wanted =
    request.isAnswered && promoted !== undefined
      ? undefined
      : await wantedExecution(cloud, request, accelerators, python, progress);
  const isThere = wanted === undefined || (promoted !== undefined && request.modelOf(wanted.key) === promoted);
  if (isThere && cloud.hasEndpoint && !request.isInDoubt) {
    request.end();
    progress.line(
      wanted === undefined
        ? 'Serving the model that is in service since the last run; --fresh starts over.'
        : 'The same request was trained before: serving its model; --fresh starts over.',
    );
    return;
  }
  progress.line(isThere ? 'Bringing the model of the last run back into service:' : 'Running the pipeline:');
  request.executes();
  const result = await cloud.execute('StateMachineArn', isThere ? { endpoint: 'bring-back' } : wanted.input);
  progress.status('');
  if (result.status === 'ABORTED' && result.error === '') {
    // With the run itself.
    throw new PipelineFailed();
  }
  if (result.status !== 'SUCCEEDED') {
    request.end();
    tellFailure(result, cloud, progress);
    if (request.given.once || (result.status !== 'ABORTED' && !cloud.hasEndpoint)) {
      throw new PipelineFailed();
    }
    return;
  }
  const outcome = result.output as Outcome;
  request.end(isThere || !outcome.modelDataUrl ? undefined : { key: wanted.key, modelDataUrl: outcome.modelDataUrl });
  for (const line of outcomeLines(outcome)) {
    progress.line(withPathOfReport(line, cloud.objects));
  }
}

/** The input of the execution that is asked for, and the key of all that decides its model. */
async function wantedExecution(
  cloud: LocalCloud,
  request: Request,
  accelerators: Accelerators,
  python: string,
  progress: Progress,
): Promise<{ readonly input: Readonly<Record<string, unknown>>; readonly key: string }> {
  if (request.repeated !== undefined) {
    progress.line(`Repeating what was asked for last: ${request.repeated}`);
  }
  try {
    const input = await executionInput({
      options: request.options,
      configured: readConfiguredFields(CONFIGURATION),
      root: ROOT,
      laptopModel: findLaptopModel(dirname(dirname(python))),
      objects: cloud.objects,
      dataBucket: required(cloud, 'DataBucketName'),
      artifactsBucket: required(cloud, 'ArtifactsBucketName'),
    });
    return { input, key: keyOf(input, configuredDefaults(readConfiguration(CONFIGURATION)), accelerators) };
  } catch (error) {
    // Else it would be repeated, and fail again, where there is a model to serve.
    request.end();
    if (error instanceof UsageError && request.repeated !== undefined) {
      throw new CommandFailed(
        `${error.message} Bring it back, give other options, or begin anew by npm start -- --fresh, which forgets what was trained.`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** What went wrong, and what that means for who asks the API. */
function tellFailure({ status, error, cause }: Failure, cloud: LocalCloud, progress: Progress): void {
  const inService = cloud.hasEndpoint ? 'What was in service still is.' : 'No model is in service.';
  if (status === 'ABORTED') {
    progress.line(`The execution was stopped: ${cause} ${inService}`);
    return;
  }
  const why = withPathOfReport(withAdviceForThisMachine(cause), cloud.objects);
  console.error(`The pipeline failed: ${why || error || status}`);
  progress.line(inService);
}

function required(cloud: LocalCloud, output: string): string {
  const value = cloud.output(output);
  if (value === undefined) {
    throw new Error(`no stack has the output ${output}, which tells the local run where to put files`);
  }
  return value;
}

function rememberedAccelerators(state: StateFolder): Accelerators {
  return state.read('accelerators') === 'granted' ? 'granted' : 'refused';
}

/** One key for good, so that a curl line pasted yesterday still works. */
function apiKey(state: StateFolder): string {
  const kept = state.read('api-key');
  if (kept !== undefined) {
    return kept;
  }
  const generated = randomBytes(20).toString('hex');
  state.write('api-key', generated);
  return generated;
}

function classifyUrl(gateway: Gateway, restApi: RestApi): string {
  return `${gateway.url}${restApi.paths('POST')[0] ?? ''}`;
}

function tell(gateway: Gateway, awsUrl: string, restApi: RestApi, progress: Progress): void {
  const { apiKey } = restApi;
  const url = classifyUrl(gateway, restApi);
  progress.line('');
  progress.line(`Serving  ${url}`);
  if (apiKey !== undefined) {
    progress.line(`API key  ${apiKey}`);
  }
  if (restApi.paths('GET').includes('/')) {
    progress.line(`Try it   ${gateway.url}/${apiKey === undefined ? '' : `#key=${apiKey}`}`);
  }
  progress.line(`AWS      ${awsUrl} is the AWS_ENDPOINT_URL for clients of AWS's own APIs`);
  progress.line('');
  progress.line(
    `curl ${url} -H 'content-type: application/json'${apiKey === undefined ? '' : ` -H 'x-api-key: ${apiKey}'`} ` +
      `-d '{"inputs": "The queen praised himself."}'`,
  );
  progress.line('');
  progress.line('Ctrl-C stops it; the next npm start serves this model again.');
}
