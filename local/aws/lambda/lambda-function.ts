import { randomUUID } from 'node:crypto';
import { type FunctionDefinition, type Invocation, LambdaWorker } from './lambda-worker';

/** Events beyond this many at once wait for a worker. */
const MAX_WORKERS = 4;

/** A function with its execution environments: warm ones are used again, busy ones never, and more are started when all are busy. */
export class LambdaFunction {
  private readonly idle: LambdaWorker[] = [];
  private readonly workers = new Set<LambdaWorker>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;
  private closing = false;

  constructor(
    readonly definition: FunctionDefinition,
    private readonly onLog: (text: string) => void,
  ) {}

  /** Runs the handler on one event (any JSON value). A failure of the code is an answer; only an abort rejects, with the signal's reason. */
  async invoke(event: unknown, signal?: AbortSignal): Promise<Invocation> {
    while (this.busy >= MAX_WORKERS) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.busy += 1;
    const worker = this.takeWorker();
    try {
      const invocation = await worker.invoke(event, randomUUID(), signal);
      signal?.throwIfAborted();
      return invocation;
    } finally {
      this.busy -= 1;
      if (worker.alive && !this.closing) this.idle.push(worker);
      else await this.discard(worker);
      this.waiting.shift()?.();
    }
  }

  /** Ends the idle workers at once and the busy ones when they have answered. */
  async retire(): Promise<void> {
    this.closing = true;
    await Promise.all(this.idle.splice(0).map((worker) => this.discard(worker)));
  }

  /** Ends all workers, busy ones too. */
  async stop(): Promise<void> {
    this.closing = true;
    await Promise.all([...this.workers].map((worker) => this.discard(worker)));
  }

  private takeWorker(): LambdaWorker {
    for (let worker = this.idle.pop(); worker; worker = this.idle.pop()) {
      if (worker.alive) return worker;
      // It crashed while it was idle.
      this.workers.delete(worker);
    }
    const worker = new LambdaWorker(this.definition, this.onLog);
    this.workers.add(worker);
    return worker;
  }

  private async discard(worker: LambdaWorker): Promise<void> {
    this.workers.delete(worker);
    await worker.stop();
  }
}
