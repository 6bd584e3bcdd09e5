import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { executablePath } from './chromium';

if (executablePath === undefined) {
  console.warn('There is no Chromium, so that the tests of the pages are skipped: install it, or set CHROMIUM_PATH.');
}

/** `describe` for tests in a browser, which are skipped where there is none. */
export const describeInBrowser = executablePath === undefined ? describe.skip : describe;

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds fault with on a page as it is now, and whether it is wider than its window. */
export async function findings(page: Page): Promise<string[]> {
  const found = await page.evaluate<string[]>(
    `${AXE}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target).join(', ')))`,
  );
  const overflows = await page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth');
  return overflows ? [...found, 'the page is wider than the window'] : found;
}
