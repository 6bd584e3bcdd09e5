import { styleText } from 'node:util';

/** What a command runs in. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** The project. */
  readonly root: string;
  /** What relative paths on the command line are relative to. */
  readonly workingDirectory: string;
  /** Where the local run keeps everything. */
  readonly stateFolder: string;
}

export type Color = 'green' | 'yellow' | 'red' | 'gray';

/** A text in a color where standard output is a terminal that shows colors, and NO_COLOR is not set. */
export function colored(color: Color, text: string, { stdout }: Pick<Terminal, 'stdout'>): string {
  return styleText(color, text, { stream: stdout });
}

export function writeLine(text: string, { stdout }: Terminal): void {
  stdout.write(`${text}\n`);
}

export function writeJson(value: unknown, terminal: Terminal): void {
  writeLine(JSON.stringify(value, undefined, 2), terminal);
}
