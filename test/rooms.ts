/*
 * The house: its walls, and its map, drawn from what imports what: `npm run map` writes it into CONTRIBUTING.md.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..');
const PAGE = join(ROOT, 'CONTRIBUTING.md');
const SOURCES = ['bin', 'cli', 'lib', 'lambda', 'local', 'web', 'test', 'bench'];
const FUNCTIONS = readdirSync(join(ROOT, 'lambda')).filter((name) => name !== 'shared');

/** The walls: from which others of our folders, beside itself, the files of a folder may import. */
const WALLS: Readonly<Record<string, readonly string[]>> = {
  bin: ['cli/doctor', 'lib', 'lambda/shared'],
  cli: ['lib', 'lambda/shared', 'local'],
  lib: ['lambda/shared'],
  'lib/configuration': ['lambda/shared'],
  'lib/functions': [],
  'lib/step-functions': ['lib/functions'],
  'lib/sagemaker': ['lib/step-functions'],
  'lib/storage': ['lib/configuration', 'lib/functions', 'lib/sagemaker', 'lambda/shared'],
  'lib/serving': ['lib/configuration', 'lib/sagemaker', 'lambda/shared'],
  'lib/pipeline': ['lib/configuration', 'lib/functions', 'lib/sagemaker', 'lib/step-functions', 'lambda/shared'],
  'lib/batch': ['lib/configuration', 'lib/functions', 'lib/sagemaker', 'lib/step-functions', 'lambda/shared'],
  'lib/api': ['lib/configuration', 'lib/functions', 'lambda/shared'],
  'lambda/shared': [],
  ...Object.fromEntries(FUNCTIONS.map((name) => [`lambda/${name}`, ['lambda/shared']])),
  web: ['lambda/shared'],
  'local/aws': [],
  'local/run': ['local/aws', 'lib', 'lambda/shared'],
  test: ['bin', 'cli', 'lib', 'lambda', 'local'],
  bench: ['bin', 'lib', 'lambda', 'local'],
};

export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import of one of our own files by another, types and dynamic imports included; paths from the root, `to` as written. */
export function ownImports(): Import[] {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const scripts = files.filter((file) => /\.(ts|mjs)$/.test(file));
  return scripts.flatMap((file) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, file), 'utf8'), true, true);
    return importedFiles
      .filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => ({ from: file, to: normalize(join(dirname(file), fileName)) }));
  });
}

/** The imports that go through a wall, each as a sentence. */
export function breachesOf(imports: readonly Import[]): string[] {
  const isIn = (file: string, folder: string) => file === folder || file.startsWith(`${folder}/`);
  return imports.flatMap(({ from, to }) =>
    Object.entries(WALLS)
      .filter(([folder, others]) => isIn(from, folder) && ![folder, ...others].some((open) => isIn(to, open)))
      .map(
        ([folder, others]) =>
          `${from} imports ${to}: of this project, ${folder}/ may import only ${others.join(', ') || 'itself'}`,
      ),
  );
}

/** The room of a file: its folder, but one room for all functions and one for all stand-ins of AWS. */
export function roomOf(file: string): string {
  const [top = '', second] = dirname(file).split('/');
  if (top === 'lambda') {
    return second === 'shared' ? 'lambda/shared' : 'lambda/*';
  }
  return (top === 'lib' || top === 'local') && second !== undefined ? `${top}/${second}` : top;
}

/** Each room with those that it imports from, in alphabetical order. */
export function roomsOf(imports: readonly Import[]): Map<string, Set<string>> {
  const rooms = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const others = rooms.get(roomOf(from)) ?? new Set();
    if (roomOf(to) !== roomOf(from)) others.add(roomOf(to));
    rooms.set(roomOf(from), others);
  }
  return new Map([...rooms].sort().map(([name, others]) => [name, new Set([...others].sort())]));
}

/** A way from a room back to itself; undefined where there is none. */
export function circleOf(rooms: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const visit = (room: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(room)) return [...way.slice(way.indexOf(room)), room];
    if (done.has(room)) return undefined;
    for (const other of rooms.get(room) ?? []) {
      const circle = visit(other, [...way, room]);
      if (circle !== undefined) return circle;
    }
    done.add(room);
    return undefined;
  };
  for (const room of rooms.keys()) {
    const circle = visit(room, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

const START = '<!-- The map: npm run map -->';
const END = '<!-- The end of the map -->';

/** The map as Mermaid draws it: an arrow from each room to those that it imports from. */
export function mapOf(rooms: ReadonlyMap<string, ReadonlySet<string>>): string {
  const id = (room: string) => room.replace(/\W/g, '_');
  const node = (room: string) => `    ${id(room)}["${room}"]`;
  const isStack = (room: string) => room.startsWith('lib/');
  const arrows = [...rooms].flatMap(([room, others]) => {
    // What looks into many rooms of lib/ has one arrow to all of them.
    const targets = isStack(room) ? [...others] : [...others].map((other) => (isStack(other) ? 'stacks' : other));
    return [...new Set(targets)].map((other) => `  ${id(room)} --> ${id(other)}`);
  });
  return [
    '```mermaid',
    'flowchart TD',
    '  subgraph stacks["lib/*"]',
    ...[...rooms.keys()].filter(isStack).map(node),
    '  end',
    ...[...rooms.keys()].filter((room) => !isStack(room)).map((room) => node(room).slice(2)),
    ...arrows,
    '```',
  ].join('\n');
}

/** A page with the map between its two markers. */
export function pageWith(map: string, page: string): string {
  const [before, after] = [page.split(START)[0] ?? '', page.split(END)[1] ?? ''];
  return `${before}${START}\n\n${map}\n\n${END}${after}`;
}

export function readPage(): string {
  return readFileSync(PAGE, 'utf8');
}

if (require.main === module) {
  writeFileSync(PAGE, pageWith(mapOf(roomsOf(ownImports())), readPage()));
}
