import { constants } from 'node:os';
import type { Command, Exit } from './guarded-process';

/** SageMaker cuts reasons at this length. */
const MAX_REASON = 1024;

/** How a host's script ended, what it wrote to stderr, and how it was started. */
export interface ScriptFailure {
  readonly exit: Exit;
  readonly errors: readonly string[];
  readonly command: Command;
}

/** A failed script's FailureReason, as the training toolkit words it: exit code, error message and command. */
export function failureReason({ exit, errors, command: { command, args } }: ScriptFailure): string {
  const code = exit.code ?? 128 + (exit.signal ? constants.signals[exit.signal] : 0);
  const before = `AlgorithmError: ExecuteUserScriptError:\nExitCode ${code}\nErrorMessage "`;
  const killed = code === 137 ? '\nExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"' : '';
  const program = [command.replace(/^.*\//, ''), ...args].join(' ').slice(0, 300);
  const after = `"${killed}\nCommand "${program}", exit code: ${code}`;
  return before + errorMessage(errors).slice(0, MAX_REASON - before.length - after.length) + after;
}

/**
 * What the toolkit reports of stderr: all from the first line on that names a Python exception. Here without what torchrun adds about the
 * script's end, and for a script that names none, its last lines.
 */
export function errorMessage(lines: readonly string[]): string {
  const end = lines.findIndex((line) => /^E\d{4} .* failed \(exitcode/.test(line));
  const own = end < 0 ? lines : lines.slice(0, end);
  const exception = own.findIndex((line) => /\b([A-Z][a-z]*)+(Error|Exception)\b/.test(line));
  return (exception < 0 ? own.slice(-15) : own.slice(exception)).join('\n').trim();
}
