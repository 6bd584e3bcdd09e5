import { Transform, type TransformCallback } from 'node:stream';

/**
 * Takes the `aws-chunked` framing off a request body: each chunk is `SIZE-IN-HEX[;signature]\r\n`, its bytes and `\r\n`; a chunk of size 0
 * and trailers (checksums) end the body. The stream fails when the framing is broken or the body stops before its last chunk.
 */
export class AwsChunkedDecoder extends Transform {
  private line = '';
  /** Bytes of the current chunk, with its closing CRLF, that are still to come; undefined between chunks. */
  private remaining: number | undefined;
  private ended = false;

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = data;
    while (rest.length > 0 && !this.ended) {
      if (this.remaining === undefined) {
        const newline = rest.indexOf('\n');
        this.line += rest.subarray(0, newline === -1 ? rest.length : newline + 1).toString('latin1');
        rest = newline === -1 ? rest.subarray(rest.length) : rest.subarray(newline + 1);
        if (!this.line.endsWith('\r\n')) continue;
        const size = /^([0-9a-fA-F]+)(;|\r)/.exec(this.line)?.[1];
        if (size === undefined) {
          done(new Error('the aws-chunked body has no chunk size where one must stand'));
          return;
        }
        this.line = '';
        this.ended = /^0+$/.test(size);
        this.remaining = parseInt(size, 16) + 2;
      }
      const take = rest.subarray(0, this.remaining);
      const content = take.subarray(0, Math.max(0, this.remaining - 2));
      if (content.length > 0 && !this.ended) this.push(content);
      rest = rest.subarray(take.length);
      this.remaining = this.remaining === take.length ? undefined : this.remaining - take.length;
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    done(this.ended ? null : new Error('the aws-chunked body ends before its last chunk'));
  }
}
