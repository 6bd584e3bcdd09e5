import { constants } from 'node:os';
import type { Command, Exit } from './guarded-process';

/** SageMaker cuts reasons at this length. */
const MAX_REASON = 1024;
/** Of each stream: more than a reason can hold. */
const MAX_LINES = 100;

/** What the training toolkit looks for (5.1, sagemaker_training/__init__.py): Python's own exceptions, and a few more. */
const TOOLKIT_ERRORS =
  /Exception|(Arithmetic|Assertion|Attribute|BlockingIO|BrokenPipe|Buffer|ChildProcess|Connection|ConnectionAborted|ConnectionRefused|ConnectionReset|EOF|Environment|FileExists|FileNotFound|FloatingPoint|IO|Import|Indentation|Index|Interrupted|IsADirectory|Key|Lookup|Memory|ModuleNotFound|Name|NotADirectory|NotImplemented|OS|Overflow|Permission|ProcessLookup|Recursion|Reference|Runtime|Syntax|System|Tab|Timeout|Type|UnboundLocal|Unicode|UnicodeDecode|UnicodeEncode|UnicodeTranslate|Value|ZeroDivision|ExecuteUserScript|ResourceExhausted|OutOfRange|InvalidArgument)Error|Invalid requirement|mpirun\.real|ORTE/;

/** What the toolkit keeps of a script's output: of each stream, the lines from the first one on that names an exception. */
export class ErrorOutput {
  private readonly kept = { stdout: [] as string[], stderr: [] as string[] };

  add(line: string, source: 'stdout' | 'stderr'): void {
    const lines = this.kept[source];
    if (lines.length === MAX_LINES || (lines.length === 0 && !TOOLKIT_ERRORS.test(line))) return;
    lines.push(line.replace(/^[ :\n]+|[ :\n]+$/g, ''));
  }

  /** As the toolkit puts it together: indented lines, each only once. */
  toString(): string {
    const lines = [...this.kept.stdout, ...this.kept.stderr].map((line) => ` ${line}`);
    return [...new Set(lines)].join('\n').trim();
  }
}

/** How a host's script ended, and what it said. */
export interface ScriptFailure {
  readonly exit: Exit;
  readonly errors: string;
  readonly command: Command;
  /** What the script wrote to /opt/ml/output/failure, if it did. */
  readonly description?: string;
}

/**
 * A failed script's FailureReason: the beginning of what the script itself wrote to /opt/ml/output/failure or else of what the training
 * toolkit writes there (sagemaker_training/errors.py), which is exit code, error message and command.
 */
export function failureReason({ exit, errors, command: { command, args }, description }: ScriptFailure): string {
  const code = exit.code ?? -(exit.signal ? constants.signals[exit.signal] : 0);
  const program = [command.replace(/^.*\//, ''), ...args].join(' ');
  const toolkits = `ExecuteUserScriptError:\nExitCode ${code}\nErrorMessage "${errors}"\nCommand "${program}"`;
  // The toolkit itself always ends with 1.
  return `AlgorithmError: ${description ?? toolkits}, exit code: 1`.slice(0, MAX_REASON);
}
