import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let repository: string;

const git = (...args: string[]) => execFileSync('git', args, { cwd: repository, encoding: 'utf8' });
const write = (file: string, text: string) => {
  mkdirSync(join(repository, file, '..'), { recursive: true });
  writeFileSync(join(repository, file), text);
};
const commit = () => {
  git('add', '-A');
  git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '-m', 'change');
};

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'repository-'));
  git('init', '--quiet', '--initial-branch', 'main');
  write('lib/a.ts', '1');
  write('lib/gone.ts', '1');
  commit();
});
afterEach(() => {
  rmSync(repository, { recursive: true });
});

/** The names of the checks that what changed asks for, and what each is given beyond its own options. */
function checksOfChanges(): Record<string, string[]> {
  const script = `
    const { changes, checksOf } = await import(${JSON.stringify(join(__dirname, 'checks.mjs'))});
    const changed = changes(${JSON.stringify(repository)});
    const found = Object.entries(checksOf(changed)).map(([name, commands]) => [
      name,
      commands.flatMap(({ args, folder }) => folder ?? args.filter((arg) => changed.files.includes(arg))),
    ]);
    process.stdout.write(JSON.stringify(Object.fromEntries(found)));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return JSON.parse(output) as Record<string, string[]>;
}

it('finds nothing to check where nothing changed', () => {
  expect(checksOfChanges()).toEqual({});
});

it('checks what a branch changed, committed or not, and not what it deleted', () => {
  git('checkout', '--quiet', '-b', 'branch');
  write('lib/a.ts', '2');
  git('rm', '--quiet', 'lib/gone.ts');
  commit();
  write('README.md', 'new');
  expect(checksOfChanges()).toEqual({
    types: [],
    lint: ['lib/a.ts'],
    format: ['lib/a.ts', 'README.md'],
    typescript: [],
  });
});

it('leaves out what main changed since, and checks only the Python project that changed', () => {
  git('checkout', '--quiet', '-b', 'branch');
  write('training-code/source/train.py', '1');
  commit();
  git('checkout', '--quiet', 'main');
  write('lib/b.ts', '1');
  commit();
  git('checkout', '--quiet', 'branch');
  expect(checksOfChanges()).toEqual({
    format: ['training-code/source/train.py'],
    'python-lint': ['training-code'],
    'python-format': ['training-code'],
    'python-types': ['training-code'],
    python: ['training-code'],
    typescript: [],
  });
});
