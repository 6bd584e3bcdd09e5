import { rm } from 'node:fs/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { BatchPlaces, type BatchRun, type CutCounts, type CutFile } from '../shared/batch';
import { readJson, writeJson } from '../shared/json-objects';
import { InvalidInput } from '../shared/step-errors';
import { openTable } from '../shared/tables/open-table';
import { openFile } from '../shared/tables/source';
import { makeWorkFolder } from '../shared/work-folder';
import { PartWriter } from './part-writer';
import { RowCutter } from './row-cutter';

/**
 * Cuts an input file of a run into parts, and writes `files/<file>.json` once they are all there; where that is there
 * already, nothing is done.
 *
 * @param uri of the run's folder
 * @throws InvalidDataset when the file as a whole cannot be read, or lacks a column of texts; a row never fails it
 * @throws DatasetUnavailable when the file is not what it was when the run was planned
 */
export async function cutInput(uri: string, file: number, s3: S3Client): Promise<CutCounts> {
  const places = new BatchPlaces(uri);
  const cut = (await readJson<CutFile>(s3, places.cutFile(file))) ?? (await cutAnew(places, file, s3));
  const { rows, errors, textBytes, parts } = cut;
  return { rows, errors, textBytes, parts: parts.length };
}

async function cutAnew(places: BatchPlaces, file: number, s3: S3Client): Promise<CutFile> {
  const run = await readJson<BatchRun>(s3, places.run);
  const input = run?.files[file];
  if (run === undefined || input === undefined) {
    throw new InvalidInput(`there is no file ${file} in the run ${places.uri}; start an execution, which plans it`);
  }
  const folder = await makeWorkFolder('cut');
  try {
    const opened = await openFile(input.uri, { s3, folder, maximumZipBytes: 0 }, input.etag);
    const table = await openTable(opened, folder, 'mark');
    const cutter = new RowCutter(table, run);
    const parts = new PartWriter(places, file, s3);
    for await (const line of cutter.lines()) {
      await parts.write(line);
    }
    const cut: CutFile = { ...cutter.summary(), parts: await parts.finish() };
    await writeJson(s3, places.cutFile(file), cut);
    return cut;
  } finally {
    await rm(folder, { recursive: true });
  }
}
