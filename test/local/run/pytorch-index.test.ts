import { execFile } from 'node:child_process';
import { createServer, type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { closeServer, freePort, listenOnLoopback } from '../../../local/aws/loopback';
import { PYTHON, ROOT } from './whole-path/local-run';

const servers: Server[] = [];
let asked: (string | undefined)[];

afterEach(() => Promise.all(servers.splice(0).map(closeServer)));

/** The address of an index on loopback. */
async function indexThat(answer: RequestListener): Promise<string> {
  asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    answer(request, response);
  });
  servers.push(server);
  return `http://127.0.0.1:${await listenOnLoopback(server)}`;
}

const found: RequestListener = (_, response) => response.end('torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl');
const missing: RequestListener = (_, response) => response.writeHead(404).end();
const silent: RequestListener = () => undefined;

async function choose(options: object, environment: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const script = `
    const { chooseTorch } = await import(${JSON.stringify(join(ROOT, 'local', 'run', 'pytorch-index.mjs'))});
    const { args } = await chooseTorch(${JSON.stringify({ gpu: false, python: PYTHON, platform: 'linux', ...options })});
    process.stdout.write(JSON.stringify(args));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: environment,
  });
  return JSON.parse(stdout) as string[];
}

it('adds the index of PyTorch without CUDA where that answers', async () => {
  const index = await indexThat(found);
  expect(await choose({ index })).toEqual(['--extra-index-url', index]);
  expect(asked).toEqual(['/torch/']);
});

it('asks through the proxy of the environment', async () => {
  const proxy = await indexThat(found);
  const index = 'http://index.example/whl/cpu';
  expect(await choose({ index }, { http_proxy: proxy })).toEqual(['--extra-index-url', index]);
  expect(asked).toEqual([`${index}/torch/`]);
});

it.each([
  ['has no PyTorch', missing],
  ['never answers', silent],
])('leaves the configured index alone where that one %s, and asks once', async (_, answer) => {
  const index = await indexThat(answer);
  expect(await choose({ index })).toEqual([]);
  expect(asked).toHaveLength(1);
});

it('leaves the configured index alone where that one is out of reach', async () => {
  expect(await choose({ index: `http://127.0.0.1:${await freePort()}` })).toEqual([]);
});

it.each([
  ['a GPU is to be used', { gpu: true }],
  ['this is no Linux, whose PyTorch has no CUDA anyway', { platform: 'darwin' }],
])('does not ask where %s', async (_, options) => {
  const index = await indexThat(found);
  expect(await choose({ index, ...options })).toEqual([]);
  expect(asked).toEqual([]);
});
