import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Plan } from '../shared/plan';
import type { PreparedDataset } from '../shared/prepared-dataset';
import { parseS3Uri } from '../shared/s3-uri';
import { makeWorkFolder } from '../shared/work-folder';
import { csvHeader } from './csv-line';
import { CsvUpload } from './csv-upload';
import { assertSoundRows, assertSoundTexts, type Findings, warningsOf } from './findings';
import { LabeledTexts } from './labeled-texts';
import { nameOf } from '../shared/tables/source';
import { split, type Split } from './split';

/** Of the labels that the state machine carries, and of what was chosen file by file. */
const MOST_SHOWN = 20;

/**
 * Reads labeled texts, drops duplicates, splits them, and writes `<outputUri>/training/train.csv`,
 * `<outputUri>/testing/test.csv` and, when both are complete, `<outputUri>/manifest.json`. The files have the columns
 * `text`, for pairs `text_pair`, and `label`, or `labels` with a list in JSON where a text may have several.
 *
 * @param maximumZipBytes the most that a zip, and the data file inside it, may have
 * @throws InvalidDataset with file and line, or beyond a limit; nothing was written then
 * @throws DatasetUnavailable when the source cannot be read; nothing was written then
 */
export async function prepareDataset(
  dataset: Plan['dataset'],
  s3: S3Client,
  maximumZipBytes: number,
): Promise<PreparedDataset> {
  const folder = await makeWorkFolder('dataset');
  const sha256 = createHash('sha256');
  const texts = new LabeledTexts(dataset, { s3, folder, maximumZipBytes }, sha256);
  try {
    if (dataset.testSource !== null) {
      await texts.read(dataset.testSource, true);
    }
    await texts.read(dataset.source);

    const file = nameOf(dataset.source);
    const { rows, emptyRows, firstEmpty, examples } = texts;
    assertSoundRows({ rows, emptyRows, firstEmpty, conflicts: examples.conflicts }, dataset.limits, file);
    const dealt = split(texts.examples, dataset, file);
    const findings = findingsOf(texts, dealt, dataset);
    assertSoundTexts(findings, dataset.limits, file);
    await writeSides(texts, dealt, dataset.outputUri, s3);

    const { hasPairs, severalLabels, choices } = texts;
    const { firstEmpty: _, maxLength, labels, ...counts } = findings;
    const prepared = {
      ...counts,
      trainRows: dealt.rows.train,
      testRows: dealt.rows.test,
      droppedRows: dealt.rows.dropped,
      severalLabels,
      hasPairs,
      warnings: warningsOf(findings),
      sha256: sha256.digest('hex'),
    };
    const manifestUri = `${dataset.outputUri}/manifest.json`;
    const { source, testSource } = dataset;
    await writeJson(s3, manifestUri, { source, testSource, ...prepared, choices, labels: Object.fromEntries(labels) });
    return {
      ...prepared,
      choices: choices.slice(0, MOST_SHOWN),
      labelCount: labels.length,
      labels: labels.slice(0, MOST_SHOWN).map(([label, count]) => ({ label, ...count })),
      manifestUri,
    };
  } finally {
    texts.close();
    await rm(folder, { recursive: true });
  }
}

function findingsOf(texts: LabeledTexts, { labels, nearDuplicates }: Split, { maxLength }: Plan['dataset']): Findings {
  const { rows, emptyRows, firstEmpty, truncation } = texts;
  const { duplicates, conflicts, inTestSplit } = texts.examples;
  return {
    ...{ rows, emptyRows, firstEmpty, duplicates, conflicts, inTestSplit, nearDuplicates, maxLength, labels },
    truncatedTexts: truncation.texts,
    truncatedShare: truncation.share,
  };
}

async function writeSides(texts: LabeledTexts, dealt: Split, outputUri: string, s3: S3Client): Promise<void> {
  const header = csvHeader(texts.hasPairs, texts.severalLabels);
  const uploads = {
    train: new CsvUpload(s3, `${outputUri}/training/train.csv`, header),
    test: new CsvUpload(s3, `${outputUri}/testing/test.csv`, header),
  };
  try {
    let row = 0;
    for await (const line of texts.lines()) {
      const side = dealt.sideOf(row);
      row += 1;
      if (side !== 'dropped') {
        await uploads[side].write(line);
      }
    }
    await Promise.all([uploads.train.finish(), uploads.test.finish()]);
  } catch (error) {
    await Promise.all([uploads.train.abort(), uploads.test.abort()]);
    throw error;
  }
}

async function writeJson(s3: S3Client, uri: string, value: object): Promise<void> {
  const { bucket, key } = parseS3Uri(uri);
  const body = `${JSON.stringify(value, null, 2)}\n`;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }));
}
