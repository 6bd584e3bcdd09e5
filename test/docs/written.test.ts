import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATUS_CODES } from '../../lambda/shared/api-errors';
import * as stepErrors from '../../lambda/shared/step-errors';
import { ROOT } from './markdown';
import { pageWith, readPage, written } from './written';

let all: Awaited<ReturnType<typeof written>>;

beforeAll(async () => {
  all = await written();
});

it('is written as the code says: npm run docs writes it', () => {
  for (const each of all) {
    expect({ page: each.page, text: readPage(each.page) }).toEqual({ page: each.page, text: pageWith(each) });
  }
});

it('leaves no marker without something that is written there', () => {
  const names = all.map(({ name }) => name);
  const markers = readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => [...readFileSync(join(ROOT, 'docs', name), 'utf8').matchAll(/^<!-- (.*): npm run docs -->$/gm)]);
  expect(markers.filter(([, name]) => !names.includes(name))).toEqual([]);
});

it('tells every error that an execution or the API may end with', () => {
  /** What one state says to another; no execution ends with it. */
  const within = ['NothingToDo', 'NotARefusal', 'TakenDownSince'];
  const troubleshooting = readPage('docs/troubleshooting.md');
  const untold = Object.keys(stepErrors).filter(
    (name) => !within.includes(name) && !troubleshooting.includes(`\`${name}\``),
  );
  expect(untold).toEqual([]);
  const api = readPage('docs/api.md');
  const unknown = Object.entries(STATUS_CODES).filter(
    ([type, status]) => !new RegExp(`^\\| ${status} +\\| \`${type}\``, 'm').test(api),
  );
  expect(unknown).toEqual([]);
});
