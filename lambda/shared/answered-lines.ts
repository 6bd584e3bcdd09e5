import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import type { AnsweredLine, CutFile } from './batch';
import { parseS3Uri } from './s3-uri';
import { PartsMissing } from './step-errors';

/**
 * What became of a file's rows, in the order of the file.
 *
 * @param answers the s3:// URL of the folder that the answers are in, with a slash at its end
 * @throws PartsMissing when not all parts have been answered
 */
export async function* answeredLines(
  s3: S3Client,
  answers: string,
  { parts, rows }: Pick<CutFile, 'parts' | 'rows'>,
): AsyncGenerator<AnsweredLine> {
  let read = 0;
  for (const part of parts) {
    const { bucket, key } = parseS3Uri(answers + part);
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })).catch((error: unknown) => {
      throw error instanceof NoSuchKey
        ? new PartsMissing(`${part} has no answers: start the same execution again, which goes on where this one ended`)
        : error;
    });
    for await (const line of lines(object.Body as Readable)) {
      read += 1;
      yield JSON.parse(line) as AnsweredLine;
    }
  }
  if (read !== rows) {
    throw new PartsMissing(`${rows} rows were cut and ${read} were answered: classify to another output folder`);
  }
}

/** Not node:readline, which also ends a line at characters that JSON may have within a text. */
async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf('\n') + 1;
    rest = bytes.subarray(end);
    if (end > 0) {
      yield* bytes.toString('utf8', 0, end - 1).split('\n');
    }
  }
  if (rest.length > 0) {
    yield rest.toString();
  }
}
