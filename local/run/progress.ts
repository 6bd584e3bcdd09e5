import { clearLine, cursorTo } from 'node:readline';
import type { WriteStream } from 'node:tty';

/**
 * Tells a person what goes on: lines that stay, and one line at the bottom that changes. Where there is no terminal,
 * only the lines that stay.
 */
export class Progress {
  private current = '';

  constructor(private readonly stream: WriteStream | NodeJS.WritableStream) {}

  /** A line that stays. */
  line(text: string): void {
    this.erase();
    this.stream.write(`${text}\n`);
    this.draw();
  }

  /** What is going on just now; '' for nothing. */
  status(text: string): void {
    this.erase();
    this.current = text;
    this.draw();
  }

  private erase(): void {
    if (isTerminal(this.stream) && this.current !== '') {
      clearLine(this.stream, 0);
      cursorTo(this.stream, 0);
    }
  }

  private draw(): void {
    if (isTerminal(this.stream) && this.current !== '') {
      this.stream.write(this.current.slice(0, this.stream.columns - 1));
    }
  }
}

function isTerminal(stream: WriteStream | NodeJS.WritableStream): stream is WriteStream {
  return 'isTTY' in stream && stream.isTTY;
}

/** `[######····]` for a share from 0 to 1. */
export function bar(share: number, width = 20): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `[${'#'.repeat(full)}${'·'.repeat(width - full)}]`;
}

/** `58 s`, `12 min`, `3 h 5 min`. */
export function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (seconds < 100) {
    return `${Math.round(seconds)} s`;
  }
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
