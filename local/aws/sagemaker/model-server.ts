import { closeSync, openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startGuarded, type Command, type GuardedProcess } from './guarded-process';

export interface ModelServerOptions {
  readonly command: Command;
  /** The directory that the server runs in. */
  readonly directory: string;
  /** Its output is appended here. */
  readonly logFile: string;
  /** How long loading the model may take. */
  readonly startSeconds: number;
}

/** The server ended, or did not answer GET /ping in time; the message has its last words. */
export class ModelServerFailed extends Error {
  override readonly name = 'ModelServerFailed';
}

/** A server that is asked to end gets this long to answer what it is working on. */
const GRACE_SECONDS = 5;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const PING_INTERVAL_MS = 50;

/** One model server process, started again whenever it dies. */
export class ModelServer {
  private process: GuardedProcess | undefined;
  private address: string | undefined;
  private inFlight = 0;
  private idle: (() => void) | undefined;
  private readonly stopping = new AbortController();

  private constructor(private readonly options: ModelServerOptions) {}

  /** Starts the server and resolves when it answers GET /ping. Throws ModelServerFailed, with nothing left running. */
  static async start(options: ModelServerOptions): Promise<ModelServer> {
    const server = new ModelServer(options);
    await server.launch();
    void server.keepAlive();
    return server;
  }

  /** Id of the process, while there is one. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Runs `work` with the server's URL (undefined while it is starting again); the server is not stopped before it is done. */
  async use<Result>(work: (url: string | undefined) => Promise<Result>): Promise<Result> {
    this.inFlight += 1;
    try {
      return await work(this.address);
    } finally {
      this.inFlight -= 1;
      if (this.inFlight === 0) this.idle?.();
    }
  }

  /** Stops the server once it has answered the requests in flight. */
  async retire(): Promise<void> {
    if (this.inFlight > 0) await new Promise<void>((resolve) => (this.idle = resolve));
    await this.stop();
  }

  /** Stops the server at once. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.address = undefined;
    await this.process?.stop();
  }

  private async keepAlive(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    for (;;) {
      const since = Date.now();
      await this.process?.ended;
      this.address = undefined;
      if (Date.now() - since > LONGEST_PAUSE_MS) pause = FIRST_PAUSE_MS;
      try {
        await delay(pause, undefined, { signal: this.stopping.signal, ref: false });
      } catch {
        // Only `stop` cuts the wait short.
        return;
      }
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      try {
        await this.launch();
      } catch (error) {
        if (!(error instanceof ModelServerFailed)) throw error;
        this.log(`cannot start again: ${error.message}`);
      }
    }
  }

  private async launch(): Promise<void> {
    const { command, directory, logFile, startSeconds } = this.options;
    const lastLines: string[] = [];
    const log = openSync(logFile, 'a');
    let announce: (address: string) => void;
    const announced = new Promise<string>((resolve) => (announce = resolve));
    const started = startGuarded(command, {
      cwd: directory,
      graceSeconds: GRACE_SECONDS,
      onLine: (line) => {
        writeSync(log, `${line}\n`);
        lastLines.push(line);
        if (lastLines.length > 20) lastLines.shift();
        const address = /^listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
        if (address !== undefined) announce(address);
      },
    });
    this.process = started;
    void started.ended.finally(() => {
      closeSync(log);
    });

    const late = new AbortController();
    const failed = (what: string) => new ModelServerFailed(`${what}${lastLines.map((line) => `\n  ${line}`).join('')}`);
    const timer = setTimeout(() => {
      late.abort();
    }, startSeconds * 1000);
    try {
      this.address = await Promise.race([
        announced.then((address) => untilHealthy(address, late.signal)),
        started.ended.then(({ code, signal }) => {
          throw failed(`the model server ended with ${signal ?? `exit code ${code ?? 'unknown'}`}; its last lines:`);
        }),
        new Promise<never>((_, reject) => {
          late.signal.addEventListener('abort', () => {
            reject(failed(`the model server did not answer GET /ping within ${startSeconds} seconds; its last lines:`));
          });
        }),
      ]);
    } catch (error) {
      await started.stop();
      throw error;
    } finally {
      clearTimeout(timer);
      late.abort();
    }
    // Stopped while it was starting.
    if (this.stopping.signal.aborted) await this.stop();
  }

  private log(line: string): void {
    const log = openSync(this.options.logFile, 'a');
    writeSync(log, `${line}\n`);
    closeSync(log);
  }
}

/** Resolves with the address once it answers /ping with 200; never, when the signal has fired. */
async function untilHealthy(address: string, signal: AbortSignal): Promise<string> {
  while (!signal.aborted) {
    try {
      const { ok } = await fetch(`${address}/ping`, { signal });
      if (ok) return address;
    } catch (error) {
      // Not listening yet, or gone: the caller watches the process and the clock.
      if (!(error instanceof TypeError)) break;
    }
    await delay(PING_INTERVAL_MS);
  }
  return new Promise<never>(() => undefined);
}
