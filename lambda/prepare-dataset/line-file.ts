import { once } from 'node:events';
import { createReadStream, createWriteStream, openSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { InvalidDataset } from '../shared/step-errors';
import { Numbers } from './numbers';

const BLOCK_CHARACTERS = 64 * 1024;

/** Lines that wait in a temporary file until it is known where each belongs. A line may have line breaks in it. */
export class LineFile {
  readonly #stream: WriteStream;
  readonly #lengths = new Numbers(Uint32Array);
  #block: string[] = [];
  #blockCharacters = 0;
  #bytes = 0;

  /** @param maximumBytes more lines are refused */
  constructor(
    readonly path: string,
    readonly maximumBytes: number,
  ) {
    // A stream that opens its file by itself does so later, and fails with nobody listening if the folder is gone by then.
    this.#stream = createWriteStream(path, { fd: openSync(path, 'w') });
  }

  /**
   * Resolves when the next line may come.
   *
   * @throws InvalidDataset when it is one too many
   */
  async write(line: string): Promise<void> {
    const bytes = Buffer.byteLength(line);
    this.#bytes += bytes;
    if (this.#bytes > this.maximumBytes) {
      throw new InvalidDataset(`the texts have more than ${this.maximumBytes} bytes together; train on a part of them`);
    }
    this.#lengths.push(bytes);
    this.#block.push(line);
    this.#blockCharacters += line.length;
    if (this.#blockCharacters >= BLOCK_CHARACTERS) {
      await this.#flush();
    }
  }

  /** The lines in the order in which they came; none can be written any more. */
  async *lines(): AsyncGenerator<Buffer> {
    await this.#flush();
    this.#stream.end();
    await finished(this.#stream);
    let rest: Buffer = Buffer.alloc(0);
    let line = 0;
    for await (const chunk of createReadStream(this.path, {
      highWaterMark: BLOCK_CHARACTERS * 4,
    }) as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      let start = 0;
      while (line < this.#lengths.length && start + this.#lengths.at(line) <= rest.length) {
        const end = start + this.#lengths.at(line);
        yield rest.subarray(start, end);
        start = end;
        line += 1;
      }
      rest = rest.subarray(start);
    }
  }

  /** Lets go of the file, whether or not its lines were read. */
  close(): void {
    this.#stream.destroy();
  }

  async #flush(): Promise<void> {
    const block = this.#block.join('');
    this.#block = [];
    this.#blockCharacters = 0;
    if (!this.#stream.write(block)) {
      await once(this.#stream, 'drain');
    }
  }
}
