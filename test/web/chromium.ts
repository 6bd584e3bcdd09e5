import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

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

/** Undefined where there is none. */
export const executablePath = findChromium();

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath });
}
