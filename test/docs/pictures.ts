/*
 * `npm run pictures`: trains on the sample data, as `npm start` does, and takes the pictures of docs/pictures in an installed
 * Chromium. Some five minutes; look at each of them before you commit it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { LocalRun, PYTHON, ROOT } from '../local/run/whole-path/local-run';
import { launch } from '../web/chromium';

const FOLDER = join(ROOT, 'docs', 'pictures');
/** Wide enough for the state machine beside its states, and high enough for the page to try the model. */
const VIEWPORT = { width: 1180, height: 860 };
/** In milliseconds: of a picture in the recording that one reads, and of one between two letters. */
const LONG = 2500;
const SHORT = 90;
/** In bytes, so that the documents open at once. */
const MOST_OF_PICTURE = 200_000;
const MOST_OF_RECORDING = 2_000_000;

const SENTENCE = 'The queen praised himself.';
/** Of examples/acceptability.csv. */
const TABLE = [
  'Our nurse near the pilots is ready to leave.',
  'Our nurse near the pilots are ready to leave.',
  'The uncle near the girl hurt himself at noon.',
  'Rachel folded this dresses in the morning.',
  'Emma wanted to mention our map before the concert.',
  'Emma enjoyed to mention our map before the concert.',
  'Our singer tried it out in the morning.',
  'Our singer tried out it in the morning.',
];

/** Takes pictures of pages, and makes a recording of some of them. */
class Camera {
  private readonly folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  private readonly frames: { file: string; milliseconds: number }[] = [];

  /** A file of docs/pictures, of what the window shows. */
  async picture(page: Page, name: string): Promise<void> {
    const file = join(FOLDER, name);
    await page.screenshot({ path: file });
    encode({ frames: [{ file, milliseconds: 0 }], to: file });
    keepBelow(MOST_OF_PICTURE, file);
  }

  /** One picture of the recording. */
  async frame(page: Page, milliseconds: number): Promise<void> {
    const file = join(this.folder, `${this.frames.length}.png`);
    await page.screenshot({ path: file });
    this.frames.push({ file, milliseconds });
  }

  /** Ends the recording, and writes it to docs/pictures. */
  recording(name: string): void {
    const file = join(FOLDER, name);
    encode({ frames: this.frames, to: file });
    keepBelow(MOST_OF_RECORDING, file);
    rmSync(this.folder, { recursive: true });
  }
}

interface Encoding {
  readonly frames: readonly { readonly file: string; readonly milliseconds: number }[];
  readonly to: string;
}

function encode(encoding: Encoding): void {
  execFileSync(PYTHON, [join(__dirname, 'encode_pictures.py')], { input: JSON.stringify(encoding), stdio: 'pipe' });
}

function keepBelow(most: number, file: string): void {
  const { size } = statSync(file);
  if (size > most) {
    throw new Error(`${file} has ${size} bytes, and may have ${most}: show less, or a smaller window`);
  }
  console.log(`${file}: ${size} bytes`);
}

async function takePipeline(page: Page, url: string, local: LocalRun, camera: Camera): Promise<void> {
  await page.goto(url);
  await camera.frame(page, LONG);
  await local.says(/^ {4}epoch /m);
  await page.locator('#state-Train-summary').click();
  await page.evaluate("document.querySelector('.columns').scrollIntoView()");
  // Four times in the first half of the training, as its curves grow.
  for (const epoch of [1, 3, 5, 7]) {
    await local.says(new RegExp(`(?:^ {4}epoch .*validation loss[^]*?){${epoch}}`, 'm'));
    await camera.frame(page, LONG / 2);
  }
  await camera.picture(page, 'pipeline.png');
}

async function takeTry(page: Page, url: string, camera: Camera): Promise<void> {
  await page.goto(url);
  await page.locator('#bars li').first().waitFor();
  await page.locator('#texts').clear();
  for (const letter of SENTENCE) {
    await page.locator('#texts').pressSequentially(letter);
    await camera.frame(page, SHORT);
  }
  await page.waitForTimeout(1000);
  await camera.frame(page, LONG);
  await camera.picture(page, 'try.png');
  await page.locator('#texts').fill(TABLE.join('\n'));
  await page.locator('#classify').click();
  await page
    .locator('#rows tr')
    .nth(TABLE.length - 1)
    .waitFor();
  await page.evaluate("document.querySelector('#texts-heading').scrollIntoView()");
  await camera.frame(page, LONG);
  await camera.picture(page, 'table.png');
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const stateFolder = mkdtempSync(join(tmpdir(), 'pictures-run-'));
  const local = new LocalRun({ stateFolder, args: ['--port', '0'] });
  const browser = await launch();
  try {
    const page = await (await browser.newContext({ viewport: VIEWPORT, reducedMotion: 'reduce' })).newPage();
    const camera = new Camera();
    const [, pipeline = ''] = await local.says(/^The pipeline, as it runs: (\S+)$/m);
    await takePipeline(page, pipeline, local, camera);
    const { url } = await local.serving();
    const [, tryIt = ''] = await local.says(/^Try it +(\S+)$/m);
    await takeTry(page, tryIt, camera);
    await page.goto(new URL('/report', url).href);
    await camera.frame(page, LONG);
    await camera.picture(page, 'report.png');
    camera.recording('tour.gif');
  } catch (error) {
    writeFileSync(process.stderr.fd, local.output);
    throw error;
  } finally {
    await browser.close();
    local.kill('SIGINT');
    await local.ended;
    rmSync(stateFolder, { recursive: true });
  }
}

void main();
