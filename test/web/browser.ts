import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

/** What Chromium is called where it is installed. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'headless-shell'];

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = process.env.CHROMIUM_PATH ?? folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [places].flat().find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn('There is no Chromium, so that the tests of the pages are skipped: install it, or set CHROMIUM_PATH.');
}

/** `describe` for tests in a browser, which are skipped where there is none. */
export const describeInBrowser = executablePath === undefined ? describe.skip : describe;

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath });
}

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds fault with on a page as it is now, and whether it is wider than its window. */
export async function findings(page: Page): Promise<string[]> {
  const found = await page.evaluate<string[]>(
    `${AXE}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target).join(', ')))`,
  );
  const overflows = await page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth');
  return overflows ? [...found, 'the page is wider than the window'] : found;
}
