import { execFileSync, spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { User } from './terminal';

const ROOT = join(__dirname, '..', '..');
const user = new User();

it('tells by --help what there is, on standard output', async () => {
  const { code, stdout, stderr } = await user.types(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^ {2}start .*^ {2}classify .*^ {2}pipeline /ms);
  expect((await user.types(['pipeline', 'logs', '--help'])).stdout).toContain('Usage: classifier pipeline logs');
});

it.each([
  [['clasify', 'x'], "error: unknown command 'clasify'"],
  [['classify', '--texts', 'x'], "error: unknown option '--texts'"],
  [['pipeline', 'stop'], "error: missing required argument 'name'"],
  [['pipeline', 'list', '--limit', '0'], 'It must be a whole number from 1 on.'],
  [['classify', '--csv', 'x'], '--csv reads standard input and goes without texts'],
  [['classify', '--csv', '--json'], '--csv answers CSV and goes without --json'],
  [['classify', 'x', '--text-column', 'a'], '--text-column and --pair-column are of a CSV file'],
  [['pipeline', 'start', '--input', 'no.json'], '--input: there is no file no.json.'],
])('refuses %j by exit code 2', async (args, problem) => {
  const { code, stdout, stderr } = await user.types(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(problem);
});

it.each([[['classify', 'x']], [['pipeline', 'list']]])(
  'says by exit code 1 that no local run is there: %j',
  async (args) => {
    expect(await user.types(args)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'No local run is there: start one with "npx classifier start" and leave it running, or add --aws to ask the deployed stacks.\n',
    });
  },
);

it('names what is wrong with a configuration', async () => {
  const { code, stderr } = await user.types(['classify', 'x', '--configuration', 'none.json']);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/none\.json cannot be read/) as string });
});

it('is what the command of the package runs', () => {
  const help = execFileSync(process.execPath, [join(ROOT, 'cli', 'classifier.mjs'), 'classify', '--help']);
  expect(help.toString()).toContain('Usage: classifier classify');
});

it.each([
  ['npm runs it in the project, and tells from where', ROOT, user.folder],
  ['it runs elsewhere, whatever script of npm’s that is in', user.folder, ROOT],
])('takes paths from where the user is: %s', (_, cwd, INIT_CWD) => {
  const { stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'cli', 'classifier.mjs'), 'classify', 'x', '--configuration', 'none.json'],
    { cwd, env: { ...process.env, INIT_CWD }, encoding: 'utf8' },
  );
  expect(stderr).toContain(`${join(basename(user.folder), 'none.json')} cannot be read`);
});
