import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ALL_PAGES, anchors, links, ROOT } from './markdown';

/** What is wrong with a link; undefined where it leads somewhere. Nothing is asked of other sites. */
function fault(page: string, url: string): string | undefined {
  if (/^[a-z]+:/.test(url)) {
    return URL.canParse(url) && /^https?:\/\/[^/]+\.[a-z]/.test(url) ? undefined : 'is no address of a page';
  }
  const [path = '', anchor] = decodeURI(url).split('#');
  const target = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
  if (target.startsWith('..') || !existsSync(join(ROOT, target))) {
    return `leads to ${target}, which is not there`;
  }
  if (anchor !== undefined && !(target.endsWith('.md') && anchors(target).has(anchor))) {
    return `leads to no heading of ${target}; it has ${[...anchors(target)].join(', ')}`;
  }
  return undefined;
}

it.each(ALL_PAGES)('the links of %s lead somewhere', (page) => {
  const faults = links(page).flatMap(({ where, url }) => {
    const wrong = fault(page, url);
    return wrong === undefined ? [] : [`${where}: ${url} ${wrong}`];
  });
  expect(faults).toEqual([]);
});

it.each([
  ['docs/api.md', 'data.md#no-such-heading', 'leads to no heading of docs/data.md'],
  ['docs/api.md', 'no-such-page.md', 'leads to docs/no-such-page.md, which is not there'],
  ['docs/api.md', '../../elsewhere.md', 'which is not there'],
  ['README.md', 'https://', 'is no address of a page'],
])('in %s, %s would be told', (page, url, words) => {
  expect(fault(page, url)).toContain(words);
});
