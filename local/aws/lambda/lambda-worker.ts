import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** How to run one function. `handler` is `file.export` within the asset's directory; `environment` is all that the code sees. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly directory: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
}

/** Lambda's error payload. */
export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What an invocation answers: the handler's result, or `functionError` with Lambda's error payload. */
export type Invocation =
  | { readonly functionError?: undefined; readonly payload: unknown }
  | { readonly functionError: 'Unhandled'; readonly payload: FunctionFailure };

/** What the thread answers to having been started and to each event; nothing follows a crash. */
type Answer =
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'error' | 'crash'; readonly payload: FunctionFailure };
type Message = Answer | { readonly kind: 'log'; readonly text: string };

/** Lambda gives a function's start ten seconds; a laptop that trains a model at the same time gets more. */
const START_LIMIT_MS = 60_000;

/**
 * One execution environment: a worker thread with the function loaded, which answers one event at a time, and a temporary
 * folder of its own, which is there as long as the thread is.
 * Whatever the code does (throw, exit, loop for ever, exhaust its memory) ends as a FunctionFailure and at worst as the end of this thread.
 */
export class LambdaWorker {
  private readonly worker: Worker;
  private readonly started: Promise<Answer>;
  private failure: FunctionFailure | undefined;
  private receive: ((answer: Answer) => void) | undefined;

  /** `onLog` gets everything that the code writes to stdout and stderr, as it is written. */
  constructor(
    private readonly definition: FunctionDefinition,
    onLog: (text: string) => void,
  ) {
    const { name, arn, directory, handler, environment, memoryMegabytes } = definition;
    const temporaryFolder = mkdtempSync(join(tmpdir(), 'lambda-'));
    this.worker = new Worker(join(__dirname, 'runtime.mjs'), {
      env: { TMPDIR: temporaryFolder, ...environment },
      // Not this process's loaders and flags.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes },
      workerData: {
        directory,
        handler,
        context: {
          functionName: name,
          functionVersion: '$LATEST',
          invokedFunctionArn: arn,
          memoryLimitInMB: String(memoryMegabytes),
          logGroupName: `/aws/lambda/${name}`,
          logStreamName: 'local',
        },
      },
    });
    this.worker.on('message', (message: Message) => {
      if (message.kind === 'log') onLog(message.text);
      else if (message.kind === 'crash') this.end(message.payload);
      else this.receive?.(message);
    });
    this.worker.on('error', (error) => {
      this.end(exited(`Runtime exited with error: ${error.message}`));
    });
    this.worker.on('exit', (code) => {
      rmSync(temporaryFolder, { recursive: true, force: true });
      this.end(
        exited(
          code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`,
        ),
      );
    });
    this.started = this.next(START_LIMIT_MS, 'the function did not load in time');
  }

  /** False once the thread has ended; then it answers nothing any more. */
  get alive(): boolean {
    return this.failure === undefined;
  }

  /** Runs the handler on one event (any JSON value). Aborting ends the thread. */
  async invoke(event: unknown, requestId: string, signal?: AbortSignal): Promise<Invocation> {
    const abort = () => void this.stop();
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    this.worker.ref();
    try {
      const started = await this.started;
      if (started.kind !== 'result') return { functionError: 'Unhandled', payload: started.payload };
      const { timeoutSeconds } = this.definition;
      const answer = this.next(
        timeoutSeconds * 1000,
        `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
      );
      this.worker.postMessage({
        event: JSON.stringify(event === undefined ? {} : event),
        requestId,
        deadline: Date.now() + timeoutSeconds * 1000,
      });
      const message = await answer;
      if (message.kind !== 'result') return { functionError: 'Unhandled', payload: message.payload };
      return { payload: JSON.parse(message.payload) as unknown };
    } finally {
      signal?.removeEventListener('abort', abort);
      // An idle function keeps no process alive.
      this.worker.unref();
    }
  }

  /** Ends the thread, whatever it is doing. */
  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  /** The thread's next answer; its end and its silence are messages too. */
  private async next(limitMilliseconds: number, lateMessage: string): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer>((resolve) => {
        this.receive = resolve;
        // It ended while nobody waited, between two events.
        if (this.failure) this.end(this.failure);
        timer = setTimeout(() => {
          this.end({ errorType: 'Sandbox.Timedout', errorMessage: lateMessage });
          void this.stop();
        }, limitMilliseconds);
      });
    } finally {
      clearTimeout(timer);
      this.receive = undefined;
    }
  }

  /** The first reason counts: what follows (the exit after a crash) is only its consequence. */
  private end(failure: FunctionFailure): void {
    this.failure ??= failure;
    this.receive?.({ kind: 'crash', payload: this.failure });
  }
}

function exited(errorMessage: string): FunctionFailure {
  return { errorType: 'Runtime.ExitError', errorMessage };
}
