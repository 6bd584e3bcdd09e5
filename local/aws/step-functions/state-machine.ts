import { compileDefinition } from './definition';
import { Execution, type ExecutionOptions, type ExecutionResult } from './execution';
import type { Machine } from './states';
import type { TaskHandler } from './task';

export { TaskError, UnsupportedDefinition } from './errors';
export type { ExecutionOptions, ExecutionResult } from './execution';
export type { HistoryEvent } from './history';
export type { TaskContext, TaskHandler } from './task';

/**
 * A state machine in the Amazon States Language, JSONata, as Step Functions runs it. It is strict: what it does not
 * implement (JSONPath, Parallel, Credentials, heartbeats, distributed Map, waitForTaskToken) it refuses before it runs.
 */
export class StateMachine {
  private constructor(
    private readonly machine: Machine,
    private readonly handlers: ReadonlyMap<string, TaskHandler>,
  ) {}

  /**
   * Compiles a definition (parsed JSON). `resolveTask` gives the handler for a Task's Resource, or undefined for an
   * integration that has none. Throws UnsupportedDefinition, which names each state and field that cannot run.
   */
  static parse(definition: unknown, resolveTask: (resource: string) => TaskHandler | undefined): StateMachine {
    const handlers = new Map<string, TaskHandler>();
    const machine = compileDefinition(definition, (resource) => {
      const handler = resolveTask(resource);
      if (handler !== undefined) handlers.set(resource, handler);
      return handler !== undefined;
    });
    return new StateMachine(machine, handlers);
  }

  /** Runs one execution to its end. A failed execution is a result; only an error of the interpreter or `onEvent` rejects. */
  async start(options: ExecutionOptions): Promise<ExecutionResult> {
    return new Execution(this.machine, this.handlers, options).run();
  }
}
