import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { listenOnLoopback } from '../../local/aws/loopback';
import { type Gateway, openGateway } from '../../local/run/gateway';
import { API_KEY, Application } from '../local/run/serving/application';
import { PYTHON, ROOT } from '../local/run/whole-path/local-run';
import { describeInBrowser, findings } from './browser';
import { launch } from './chromium';

/*
 * The pages as the API's stack serves them, in a browser, with a model that finds texts good in which the word is.
 */
jest.setTimeout(120_000);

const execute = promisify(execFile);
const PREDICTIONS = `[{"label": "good" if "good" in str(text) else "bad", "score": 0.75}, {"label": "other", "score": 0.25}]`;

let application: Application;
let gateway: Gateway;
let elsewhere: Server;
let otherOrigin: string;

beforeAll(async () => {
  elsewhere = createServer((_, response) => response.end('<!doctype html><title>another page</title>'));
  otherOrigin = `http://localhost:${await listenOnLoopback(elsewhere)}`;
  const api = { pages: true, bearerKeys: true, allowedOrigins: [otherOrigin], rateLimit: 1000, burstLimit: 1000 };
  application = await Application.open({ serving: { profile: 'cpu' }, api }, 'refused');
  await application.deploy();
  await deploy('first');
  gateway = await openGateway(0);
  gateway.serve(application.cloud.restApi(), application.cloud.distribution());
  // As the local run has them.
  gateway.show({
    answer: ({ url }, response) => {
      const isOwn = ['/pipeline', '/report'].includes(url ?? '');
      if (isOwn) response.end();
      return Promise.resolve(isOwn);
    },
  });
});
afterAll(async () => {
  await gateway.close();
  elsewhere.close();
  await application.close();
});

async function deploy(name: string, takesPairs = false): Promise<void> {
  const modelDataUrl = await application.artifact(name, { predictions: PREDICTIONS, takesPairs });
  expect(await application.execute({ modelDataUrl })).toMatchObject({ status: 'SUCCEEDED' });
}

it('takes the key as a bearer token too, which clients have an option for', async () => {
  const client = join('examples', 'clients', 'classify_bearer.mjs');
  const run = (key: string) =>
    execute(process.execPath, [client, 'a good text'], {
      cwd: ROOT,
      env: { ...process.env, CLASSIFY_URL: `${gateway.url}/classify`, CLASSIFY_API_KEY: key },
    });
  expect((await run(API_KEY)).stdout).toMatch(/^good 0\.750$/m);
  await expect(run('wrong')).rejects.toThrow('no valid API key');
});

describeInBrowser('the page to try the API', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());
  beforeEach(() => {
    complaints.length = 0;
  });
  afterEach(async () => {
    await page.context().close();
    // What the Content-Security-Policy blocks, too.
    expect(complaints).toEqual([]);
  });

  async function open(path = `/#key=${API_KEY}`, options: BrowserContextOptions = {}): Promise<void> {
    page = await (await browser.newContext(options)).newPage();
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('403')) complaints.push(message.text());
    });
    await page.goto(`${gateway.url}${path}`);
  }

  const write = (text: string) => page.fill('#texts', text);
  const bars = () => page.locator('#bars li').allInnerTexts();
  const cells = (column: number) => page.locator(`#rows td:nth-child(${column})`).allInnerTexts();
  const says = async (selector: string, words: string | RegExp) => {
    await page.locator(selector).filter({ hasText: words }).waitFor();
  };

  it('classifies a text while it is typed, when there is a pause', async () => {
    const asked: string[] = [];
    await open();
    await page.locator('#bars li').first().waitFor();
    page.on('request', (request) => {
      if (request.method() === 'POST') asked.push(request.postData() ?? '');
    });
    await page.locator('#texts').clear();
    await page.locator('#texts').pressSequentially('a good text');
    await says('#bars', 'good');
    expect((await bars()).map((bar) => bar.split(/\s+/))).toEqual([
      ['good', '0.750'],
      ['other', '0.250'],
    ]);
    expect(asked.at(-1)).toBe('{"inputs":["a good text"]}');
    expect(asked.length).toBeLessThan('a good text'.length);
  });

  it('drops an answer that comes after that of a later text', async () => {
    await open();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/classify', async (route) => {
      if (route.request().postData()?.includes('early good') === true) {
        await held;
        // The page has hung up.
        await route.continue().catch(() => undefined);
      } else await route.continue();
    });
    const early = page.waitForRequest((request) => request.postData()?.includes('early good') === true);
    await write('early good text');
    await early;
    await write('late text');
    await says('#bars', 'bad');
    release();
    // One more answer comes after the early one could have.
    await write('later text');
    await page.waitForResponse((response) => response.request().postData()?.includes('later') === true);
    expect((await bars())[0]).toContain('bad');
  });

  it('makes a table of many lines, that is filtered and downloaded', async () => {
    await open();
    await write('good one\n=bad, "two"\n\ngood three');
    await page.getByRole('button', { name: 'Classify 3 texts' }).click();
    await says('#count', '3 of 3 rows');
    expect(await cells(3)).toEqual(['good', 'bad', 'good']);
    await page.selectOption('#label', 'good');
    expect(await cells(1)).toEqual(['1', '3']);
    await page.selectOption('#label', '');
    await page.fill('#filter', 'TWO');
    expect(await cells(2)).toEqual(['=bad, "two"']);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')]);
    expect(readFileSync(await download.path(), 'utf8')).toBe(
      `row,text,text_pair,labels,scores,note\r\n2,"'=bad, ""two""",,bad; other,0.75; 0.25,\r\n`,
    );
  });

  it('classifies a CSV that is dropped on it, by the column of texts, in as many requests as it takes', async () => {
    await open();
    const rows = Array.from({ length: 150 }, (_, index) => `${index};"a ${index % 2 === 0 ? 'good' : 'bad'}; text"`);
    const csv = ['id;Sentence', ...rows].join('\r\n');
    const dataTransfer = await page.evaluateHandle(
      `(() => { const data = new DataTransfer(); data.items.add(new File([${JSON.stringify(csv)}], 'texts.csv')); return data; })()`,
    );
    await page.dispatchEvent('#drop', 'drop', { dataTransfer });
    await says('#count', '150 of 150 rows');
    await says('#part', 'The first 20 of 150 texts.');
    expect((await cells(2)).slice(0, 2)).toEqual(['a good; text', 'a bad; text']);
    await page.getByRole('button', { name: 'Close the file' }).click();
    await page.locator('#bars li').first().waitFor();
  });

  it('says when another model answers, and which', async () => {
    await open();
    await says('#model', 'first');
    await page.locator('#bars li').first().waitFor();
    await deploy('second');
    await write('good again');
    await says('#news', /^Another model answers now: [\da-f]{12}, in place of [\da-f]{12}\.$/);
    await says('#model', 'second');
  });

  it('links what the local run has beside the API, once', async () => {
    await open();
    await page.getByRole('link', { name: 'Report of its training' }).waitFor();
    await deploy('third');
    await page.fill('#texts', 'a good text');
    await says('#news', 'Another model answers now');
    const all = await page.locator('#pages a').all();
    const links = await Promise.all(all.map((link) => link.getAttribute('href')));
    expect(links).toEqual(['docs', 'openapi.json', 'pipeline', 'report']);
  });

  it('tells errors in a sentence', async () => {
    await open('/');
    await page.getByRole('button', { name: 'Classify' }).click();
    await says('#error', 'The API key is missing: give it above.');
    await page.fill('#key', 'wrong');
    await says('#error', 'The header x-api-key is missing or holds no valid API key.');
    await page.fill('#key', API_KEY);
    await says('#bars', 'bad');
    expect(await page.locator('#error').innerText()).toBe('');
    await write('');
    await page.getByRole('button', { name: 'Classify' }).click();
    await says('#error', 'There is no text yet: write one, or open a file.');
  });

  it('masks the key, and keeps it for this tab alone and out of the address', async () => {
    await open();
    expect(page.url()).toBe(`${gateway.url}/`);
    expect(await page.getAttribute('#key', 'type')).toBe('password');
    await page.reload();
    await says('#bars', 'bad');
    const other = await page.context().newPage();
    await other.goto(gateway.url);
    expect(await other.inputValue('#key')).toBe('');
    expect(await page.evaluate<string>('JSON.stringify([localStorage.length, document.cookie])')).toBe('[0,""]');
    expect(await page.innerText('main')).not.toContain(API_KEY);
  });

  it.each([
    ['curl', 'bash', '-c'],
    ['JavaScript', process.execPath, '-e'],
    ['Python', PYTHON, '-c'],
  ])('shows the request in %s as it can be run', async (language, command, option) => {
    await open();
    await write(`it's a "good" $HOME \\ text \u00fc`);
    await page.getByLabel(language, { exact: true }).check();
    const code = (await page.innerText('#snippet')).replace('curl ', 'curl --silent ');
    const script =
      language === 'JavaScript' ? `(async () => { ${code.replace('console.log(', 'console.log("%j", ')} })()` : code;
    const { stdout } = await execute(command, [option, script], { env: { ...process.env, CLASSIFY_API_KEY: API_KEY } });
    expect(stdout).toMatch(/["']label["']:\s*["']good["']/);
  });

  it('is used by the keyboard alone', async () => {
    await open('/');
    const reached: string[] = [];
    for (let tabs = 0; tabs < 30; tabs++) {
      await page.keyboard.press('Tab');
      const id = await page.evaluate<string>('document.activeElement.id || document.activeElement.tagName');
      if (reached.includes(id) && id === 'key') break;
      reached.push(id);
      if (id === 'key') await page.keyboard.type(API_KEY);
      if (id === 'texts') {
        await page.keyboard.press('Control+A');
        await page.keyboard.type('good one\nbad two');
        await page.keyboard.press('Control+Enter');
        await says('#count', '2 of 2 rows');
      }
    }
    expect(reached).toEqual(
      expect.arrayContaining([
        'key',
        'show-key',
        'texts',
        'classify',
        'file',
        'least',
        'filter',
        'label',
        'download',
        'copy',
      ]),
    );
  });

  it.each<[string, BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
  ])('is accessible: %s', async (_, options) => {
    await open('/', options);
    await page.fill('#key', 'wrong');
    await says('#error', 'no valid API key');
    expect(await findings(page)).toEqual([]);
    await page.fill('#key', API_KEY);
    await says('#bars', 'bad');
    expect(await findings(page)).toEqual([]);
    await write('good one\nbad two');
    await page.keyboard.press('Control+Enter');
    await says('#count', '2 of 2 rows');
    expect(await findings(page)).toEqual([]);
    await page.getByRole('link', { name: 'The API' }).click();
    await says('h2', 'POST /classify');
    expect(await findings(page)).toEqual([]);
  });

  it('loads nothing from elsewhere, and may not', async () => {
    const loaded: string[] = [];
    await open('/docs');
    page.on('request', (request) => loaded.push(request.url()));
    const response = await page.goto(`${gateway.url}/v1/`);
    const policy = response?.headers()['content-security-policy'] ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; img-src data:; connect-src 'self';/,
    );
    expect(policy).not.toContain('unsafe');
    expect(loaded.filter((url) => !url.startsWith(gateway.url) && !url.startsWith('data:'))).toEqual([]);
  });

  it('lets a page of a listed origin call the API by plain fetch, and read which model answered', async () => {
    await open('/docs');
    await page.goto(otherOrigin);
    const call = `fetch(${JSON.stringify(`${gateway.url}/classify`)}, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': ${JSON.stringify(API_KEY)} },
      body: JSON.stringify({ inputs: 'a good text' }),
    }).then(async (response) => [(await response.json())[0][0].label, response.headers.get('x-model-version')])`;
    expect(await page.evaluate(call)).toEqual(['good', expect.stringMatching(/^[\da-f]{12}$/)]);
  });

  it('asks for second texts where the model takes pairs', async () => {
    await deploy('of-pairs', true);
    await open();
    await says('#error', 'A pair has one text of each: write as many second texts as texts.');
    await page.fill('#seconds', 'a good second text');
    await says('#bars', 'good');
    expect(await page.innerText('#snippet')).toContain(
      '{"inputs":[{"text":"The queen praised himself.","text_pair":"a good second text"}]}',
    );
    await page.setInputFiles('#file', {
      name: 'pairs.tsv',
      mimeType: 'text/tab-separated-values',
      buffer: Buffer.from('text\ttext_pair\none\tgood two\nthree\tfour\n'),
    });
    await says('#count', '2 of 2 rows');
    expect(await cells(2)).toEqual(['one / good two', 'three / four']);
    expect(await cells(3)).toEqual(['good', 'bad']);
  });
});
