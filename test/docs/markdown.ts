import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
// Prettier is here anyway, and parses CommonMark with GitHub's tables.
import { parsers } from 'prettier/plugins/markdown';

export const ROOT = join(__dirname, '..', '..');

/** A node of a page, as mdast has them. */
interface Node {
  readonly type: string;
  readonly children?: readonly Node[];
  readonly value?: string;
  readonly url?: string;
  readonly lang?: string | null;
  readonly meta?: string | null;
  readonly position: { readonly start: { readonly line: number } };
}

export interface CodeBlock {
  /** `README.md:12`, for messages. */
  readonly where: string;
  /** The first word after the fence; empty where there is none. */
  readonly language: string;
  /** The rest of that line: what the block is. */
  readonly kind: string;
  readonly content: string;
  /** It stands between two markers of what `npm run docs` writes. */
  readonly isWritten: boolean;
}

export interface Link {
  readonly where: string;
  readonly url: string;
}

/** The pages that a user reads, from the root of the project. */
export const USER_PAGES = ['README.md', ...pagesIn('docs'), ...pagesIn('examples')];

/** All pages, those of people who change the project too. */
export const ALL_PAGES = [...USER_PAGES, 'CHANGELOG.md', 'CONTRIBUTING.md', 'bench/README.md', 'local/aws/README.md'];

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .sort()
    .map((name) => join(folder, name));
}

function nodesOf(page: string): Node[] {
  const all = (node: Node): Node[] => [node, ...(node.children ?? []).flatMap(all)];
  // This parser looks at no option of Prettier's.
  return all(parsers.markdown.parse(readFileSync(join(ROOT, page), 'utf8'), {} as never) as Node);
}

function wordsOf({ value = '', children = [] }: Node): string {
  return value + children.map(wordsOf).join('');
}

export function codeBlocks(page: string): CodeBlock[] {
  let isWritten = false;
  return nodesOf(page).flatMap(({ type, lang, meta, value = '', position }): CodeBlock[] => {
    if (type === 'html' && /^<!-- .*npm run docs -->$|^<!-- the end of /.test(value)) {
      isWritten = value.endsWith(': npm run docs -->');
    }
    if (type !== 'code') {
      return [];
    }
    const [language = '', ...kind] = [lang, meta].filter(Boolean).join(' ').split(' ');
    return [{ where: `${page}:${position.start.line}`, language, kind: kind.join(' '), content: value, isWritten }];
  });
}

/** Links and pictures, those of definitions too. */
export function links(page: string): Link[] {
  return nodesOf(page).flatMap(({ url, position }) =>
    url === undefined ? [] : [{ where: `${page}:${position.start.line}`, url }],
  );
}

/** What a `#` may lead to: the headings as GitHub names them. */
export function anchors(page: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const heading of nodesOf(page).filter(({ type }) => type === 'heading')) {
    const slug = wordsOf(heading)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const again = [...found].filter((each) => each.replace(/-\d+$/, '') === slug).length;
    found.add(again === 0 ? slug : `${slug}-${again}`);
  }
  return found;
}
