import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { StateMachines } from '../../../../local/aws/step-functions/state-machines';
import { type Gateway, openGateway } from '../../../../local/run/gateway';
import { Executions } from '../../../../local/run/pipeline-page/executions';
import { type Pipeline, PipelinePage } from '../../../../local/run/pipeline-page/server';
import { describeInBrowser, findings } from '../../../web/browser';
import { launch } from '../../../web/chromium';

const JOB = 'arn:aws:states:::sagemaker:createTrainingJob.sync';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:';
const DEFINITION = {
  QueryLanguage: 'JSONata',
  StartAt: 'Plan',
  States: {
    Plan: { Type: 'Task', Comment: 'Checks the <input>.', Resource: `${FUNCTION}plan`, Next: 'Train' },
    Train: {
      Type: 'Task',
      Resource: JOB,
      Arguments: { TrainingJobName: 'job-1' },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed' }],
      Next: 'Never',
    },
    Never: { Type: 'Succeed' },
    Failed: { Type: 'Fail', Error: 'Explained', Cause: 'why, and what to do' },
  },
};

const folder = mkdtempSync(join(tmpdir(), 'pipeline-page-'));
const web = join(__dirname, '..', '..', '..', '..', 'web', 'pipeline');

/** Ends the training job that is under way. */
let endJob: (failure?: Error) => void;
let executions: Executions;
let machines: StateMachines;
let stateMachineArn: string;
let gateway: Gateway;
let url: string;

const inService = { metrics: { accuracy: 0.75 }, promotedAt: '2026-01-02T03:04:05.000Z', hasReport: true };

beforeAll(async () => {
  executions = new Executions(folder);
  machines = new StateMachines({
    resolveTask: (resource) =>
      resource === JOB
        ? () =>
            new Promise((resolve, reject) => {
              endJob = (failure) => {
                if (failure === undefined) resolve({});
                else reject(failure);
              };
            })
        : (given) => {
            executions.onLog('plan', 'it looks <good>\n');
            return Promise.resolve({ planned: given });
          },
    onEvent: (event, executionArn) => {
      executions.onEvent(event, executionArn);
    },
  });
  const created = await machines.create({
    type: 'AWS::StepFunctions::StateMachine',
    stackName: 'training',
    stackId: 'arn:stack',
    logicalId: 'Pipeline',
    properties: { StateMachineName: 'pipeline', DefinitionString: JSON.stringify(DEFINITION) },
  });
  stateMachineArn = created.physicalId;
  gateway = await openGateway(0);
  url = gateway.url;
});
afterAll(async () => {
  await machines.stop();
  await gateway.close();
  rmSync(folder, { recursive: true });
});

function show(pipeline: Partial<Pipeline> = {}): void {
  gateway.show(
    new PipelinePage(
      {
        executions,
        definition: () => DEFINITION,
        inService: () => Promise.resolve(inService),
        report: () => Promise.resolve(Buffer.from('<h1>Report</h1>')),
        start: (input) => machines.start(stateMachineArn, input).name,
        stop: async (name) => {
          const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
          await machines.stopExecution(arn, 'Stopped', 'from the page');
        },
        ...pipeline,
      },
      web,
    ),
  );
}

const page = async (path = '/pipeline'): Promise<string> => (await fetch(`${url}${path}`)).text();
const start = (input: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/pipeline/executions`, {
    method: 'POST',
    body: new URLSearchParams({ input }),
    redirect: 'manual',
    headers,
  });
/** What a state's summary says, in one line. */
const summaryOf = (text: string, state: string): string =>
  (new RegExp(`<summary id="state-${state}-summary">([^]*?)</summary>`).exec(text)?.[1] ?? '')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim();

it('says that it comes in a moment until there is a pipeline', async () => {
  show({ definition: () => undefined });
  const early = await fetch(`${url}/pipeline`);
  expect([early.status, early.headers.get('refresh')]).toEqual([503, '2']);
});

it('draws the state machine where nothing has run yet', async () => {
  show({ inService: () => Promise.resolve(null), report: () => Promise.resolve(undefined) });
  const text = await page();
  expect(text).toContain('Nothing has run yet.');
  expect(text).toContain('No model is in service.');
  expect(text.match(/<g class="state"/g)).toHaveLength(4);
  expect(text.match(/class="transition"/g)).toHaveLength(2);
  expect(text.match(/class="transition catch"/g)).toHaveLength(1);
  expect((await fetch(`${url}/report`)).status).toBe(404);
});

describe('an execution that was started from the page', () => {
  let name: string;
  beforeAll(async () => {
    show();
    const { status, headers } = await start('{"training": {"epochs": 2}}');
    expect(status).toBe(303);
    name = (headers.get('location') ?? '').replace('/pipeline/executions/', '');
  });

  it('is shown with the state of each of its states, and with its logs, escaped', async () => {
    const text = await page();
    expect(text).toContain(`<code>${name}</code>`);
    expect(summaryOf(text, 'Plan')).toMatch(/^✓ Plan succeeded \d\.\d s$/);
    expect(summaryOf(text, 'Train')).toBe('… Train running');
    expect(summaryOf(text, 'Never')).toBe('Never');
    expect(text).toContain('it looks &lt;good&gt;');
    expect(text).toContain('Checks the &lt;input&gt;.');
    // For the next one to begin with.
    expect(/<textarea[^>]*>([^]*?)<\/textarea>/.exec(text)?.[1]).toContain('&quot;epochs&quot;: 2');
    expect(text).toContain('accuracy 0.750');
  });

  it('sends what changes, with the curves as they grow, and all of it to who comes again', async () => {
    const response = await fetch(`${url}/pipeline/events?execution=${name}`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const parts = new Map<string, string>();
    let unread = '';
    const until = async (id: string, pattern: RegExp): Promise<void> => {
      while (!pattern.test(parts.get(id) ?? '')) {
        unread += (await events?.read())?.value ?? '';
        const messages = unread.split('\n\n');
        unread = messages.pop() ?? '';
        for (const message of messages) {
          const { id: changed, html } = JSON.parse(message.replace(/^data: /, '')) as { id: string; html: string };
          parts.set(changed, html);
        }
      }
    };
    await until('state-Train-summary', /running/);
    const all = parts.size;
    executions.onLog('job-1', 'epoch=1/2 step=5/10 train_loss=0.5000 seconds_left=7');
    await until('state-Train-body', /<progress value="5" max="10"/);
    expect(parts.get('state-Train-body')).not.toContain('<svg');
    for (const epoch of ['0.5', '1']) {
      executions.onLog('job-1', `epoch=${epoch}/2 train_loss=0.5 validation_loss=0.4 validation_accuracy=0.9`);
    }
    await until('state-Train-body', /<svg /);
    expect(parts.size).toBe(all);
    endJob(new Error('out of memory'));
    await until('execution', /failed/);
    expect(parts.get('execution')).toContain('Explained: why, and what to do');
    expect(parts.get('state-Train-body')).toContain('Error: out of memory');
    await events?.cancel();
  });

  describeInBrowser('in a browser', () => {
    let browser: Browser;
    const complaints: string[] = [];
    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser.close());

    async function open(options: BrowserContextOptions = {}): Promise<Page> {
      const opened = await (await browser.newContext(options)).newPage();
      opened.on('pageerror', ({ message }) => complaints.push(message));
      opened.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await opened.goto(`${url}/pipeline`);
      return opened;
    }

    it('starts another with an edited input, and shows it as it goes, with what a reader has opened', async () => {
      const shown = await open();
      await shown.getByLabel('Input of the execution, as JSON').fill('{"training": {"epochs": 3}}');
      await shown.getByRole('button', { name: 'Start' }).press('Enter');
      const status = shown.locator('#execution .status');
      expect(await status.textContent()).toBe('running');
      expect(executions.all()[0]?.events[0]?.executionStartedEventDetails?.input).toBe('{"training":{"epochs":3}}');
      await shown.getByRole('link', { name: 'Train: running' }).press('Enter');
      await shown.locator('#state-Train').getByText('Input', { exact: true }).click();
      executions.onLog('job-1', 'epoch=1/3 step=5/10 train_loss=0.5000 seconds_left=7');
      await shown.getByRole('progressbar').waitFor();
      expect(await shown.locator('#state-Train details[open]').count()).toBe(1);
      for (const epoch of ['0.5', '1']) {
        executions.onLog('job-1', `epoch=${epoch}/3 train_loss=0.5 validation_loss=0.4 validation_accuracy=0.9`);
      }
      await shown.getByRole('img', { name: /^The losses/ }).waitFor();
      endJob(new Error('out of memory'));
      await shown.locator('#execution').getByText('failed').waitFor();
      await shown.getByRole('link', { name: 'Train: caught' }).waitFor();
      await shown.context().close();
    });

    it('stops one that is under way, after which there is nothing to stop', async () => {
      const { headers } = await start('{}');
      const shown = await open();
      await shown.getByRole('button', { name: 'Stop' }).press('Enter');
      const status = shown.locator('#execution .status');
      await status.filter({ hasText: 'stopped' }).waitFor();
      expect(await shown.getByRole('button', { name: 'Stop' }).count()).toBe(0);
      expect(new URL(shown.url()).pathname).toBe(headers.get('location'));
      await shown.context().close();
    });

    it('moves a picture that is wider than its place as little as shows the state that was last', async () => {
      await start('{}');
      const shown = await open();
      await shown.getByRole('link', { name: 'Train: running' }).waitFor();
      await shown.evaluate(`document.getElementById('graph').style.width = '340px'`);
      endJob(new Error('out of memory'));
      await shown.locator('#execution').getByText('failed').waitFor();
      const [left = NaN, right = NaN] = await shown.evaluate<number[]>(`(() => {
        const place = document.getElementById('graph').getBoundingClientRect();
        const state = [...document.querySelectorAll('#graph a.state')].at(-1).getBoundingClientRect();
        return [state.left - place.left, place.right - state.right];
      })()`);
      expect(Math.round(left)).toBeGreaterThanOrEqual(0);
      // At the edge that it came in by.
      expect(Math.round(right)).toBe(0);
      await shown.context().close();
    });

    it.each([
      ['light', {}],
      ['dark', { colorScheme: 'dark' as const }],
      ['on a phone', { viewport: { width: 375, height: 700 } }],
    ])('has nothing that axe finds fault with, %s', async (_, options) => {
      const shown = await open(options);
      await shown.evaluate(`document.querySelectorAll('details.state').forEach((each) => { each.open = true; })`);
      expect(await findings(shown)).toEqual([]);
      // What the Content-Security-Policy blocks, too.
      expect(complaints).toEqual([]);
      await shown.context().close();
    });
  });

  it('is kept when the local run starts again, and so is one that was cut off', async () => {
    await start('{}');
    await machines.stop();
    const [cutOff] = executions.all();
    // As a killed process leaves it.
    appendFileSync(join(folder, `${cutOff?.name}.jsonl`), '{"event": {"type": "Exec');
    executions = new Executions(folder);
    show();
    const text = await page(`/pipeline/executions/${name}`);
    expect(summaryOf(text, 'Train')).toMatch(/^! Train caught/);
    expect(summaryOf(text, 'Failed')).toMatch(/^✗ Failed failed/);
    expect(text).toContain('<svg width="560"');
    expect(text.match(/href="\/pipeline\/executions\//g)).toHaveLength(executions.all().length);
    expect(await page()).toContain(`<code>${cutOff?.name}</code>`);
  });
});

it('shows the report of the model in service, and its own style and script', async () => {
  expect(await page('/report')).toBe('<h1>Report</h1>');
  expect(await page('/pipeline/main.js')).toContain('EventSource');
  expect(await page('/pipeline/pipeline.css')).toContain('color-scheme');
  for (const path of ['/pipeline/executions/none', '/pipeline/../main.ts', '/pipeline/executions/..%2f..%2fowner']) {
    expect((await fetch(`${url}${path}`)).status).toBeGreaterThanOrEqual(404);
  }
});

it('refuses an input that is no JSON, and keeps what was written', async () => {
  const refused = await start('{"training": ');
  expect(refused.status).toBe(400);
  const text = await refused.text();
  expect(text).toContain('The input is no JSON');
  expect(text).toContain('{&quot;training&quot;: </textarea>');
});

it('lets only its own pages start anything, and only this machine read it', async () => {
  const before = executions.all().length;
  expect((await start('{}', { origin: 'https://example.com' })).status).toBe(403);
  expect((await start('{}', { origin: 'null' })).status).toBe(403);
  expect((await fetch(`${url}/pipeline`, { method: 'DELETE' })).status).toBe(405);
  const [ended] = executions.all();
  expect((await fetch(`${url}/pipeline/executions/${ended?.name}/stop`, { method: 'POST' })).status).toBe(405);
  expect((await fetch(`${url}/pipeline/executions/${ended?.name}/stop`)).status).toBe(404);
  expect(executions.all()).toHaveLength(before);
  // A name of another site's that leads to this machine.
  const status = await new Promise((resolve, reject) => {
    request(`${url}/pipeline`, { headers: { host: 'rebound.example.com' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  expect(status).toBe(403);
  expect((await fetch(`${url}/pipeline`)).headers.get('content-security-policy')).toContain("script-src 'self'");
});
