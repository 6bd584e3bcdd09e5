import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pages } from './gateway';

/** The pages that the local run shows beside the API: `web/index.html` as `/`. */
export function pages(folder: string): Pages {
  return (path) => {
    const file = join(folder, 'index.html');
    return path === '/' && existsSync(file)
      ? { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: readFileSync(file) }
      : undefined;
  };
}
