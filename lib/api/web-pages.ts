import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { esbuild } from '../functions/esbuild';

const WEB = join(__dirname, '..', '..', 'web');

/**
 * The files of web/ that the function `pages` reads, by name: the page as one file, with its script and its style in it, so
 * that it needs nothing else.
 */
export function webPages(): Readonly<Record<string, string>> {
  const style = read('style.css');
  const page = read('index.html')
    .replace('<link rel="stylesheet" href="style.css" />', () => `<style>${style}</style>`)
    .replace('<script type="module" src="try/main.ts"></script>', () => `<script>${bundled()}</script>`);
  return { 'index.html': page, 'style.css': style };
}

function read(name: string): string {
  return readFileSync(join(WEB, name), 'utf8');
}

function bundled(): string {
  const { outputFiles } = esbuild().buildSync({
    entryPoints: [join(WEB, 'try', 'main.ts')],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    // That of the folder is for the type checker alone.
    tsconfigRaw: {},
    logLevel: 'warning',
  });
  return outputFiles.map(({ text }) => text).join('');
}
