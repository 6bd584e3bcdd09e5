import { codeBlocks, USER_PAGES } from './markdown';

export interface Command {
  readonly page: string;
  /** As it stands there, without comments, on one line. */
  readonly text: string;
}

/** Every command of the pages that a user reads, in their order. */
export function commands(): Command[] {
  return USER_PAGES.flatMap((page) =>
    codeBlocks(page)
      .filter(({ language }) => language === 'sh')
      .flatMap(({ content }) => commandsIn(content))
      .map((text) => ({ page, text })),
  );
}

/** The commands of a block: a line each, without what follows a `#`, and with what a backslash continues. */
export function commandsIn(block: string): string[] {
  return block
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(?:^|\s+)# .*$/, '').trim())
    .filter((line) => line !== '');
}
