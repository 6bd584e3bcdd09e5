import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { transform } from 'esbuild';
import type { Executions, RecordedExecution } from './executions';
import { type Fragments, fragmentsOf, type InService } from './fragments';
import { type Definition, type Layout, layoutOf } from './graph';
import { CONTENT_SECURITY_POLICY, pipelinePage } from './page';
import { executionView } from './state-views';

/** What the page shows and does. */
export interface Pipeline {
  readonly executions: Executions;
  /** The same object as long as it is the same; undefined until it is deployed. */
  definition(): Definition | undefined;
  /** Null where no model is in service. */
  inService(): Promise<InService | null>;
  /** The report of the model in service; undefined where there is none. */
  report(): Promise<Buffer | undefined>;
  /** Starts an execution and answers its name. */
  start(input: unknown): string;
  /** Stops an execution that is under way, and answers when it has ended. */
  stop(name: string): Promise<void>;
}

/** Between two looks at what has changed: people read no faster. */
const PAUSE_MS = 500;
/** The longest input of an execution, and as much again for how a form writes it. */
const LONGEST_FORM_BYTES = 3 * 262_144;

/**
 * The page of the pipeline: `/pipeline`, `/pipeline/executions/NAME`, what changes of it as server-sent events, and
 * `/report`. Whoever is on this machine may use it, and no page of another site.
 */
export class PipelinePage {
  private readonly layouts = new WeakMap<Definition, Layout>();

  constructor(
    private readonly pipeline: Pipeline,
    /** With the page's style and script. */
    private readonly folder: string,
  ) {}

  /** Answers a request for the page; false where it is for something else. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname !== '/report' && !/^\/pipeline(?:\/|$)/.test(url.pathname)) {
      return false;
    }
    if (isForeign(request)) {
      send(response, 403, 'text/plain', 'this page is for the machine that it runs on, and for no other site');
      return true;
    }
    const [, , place, name, action] = url.pathname.split('/');
    if (request.method === 'POST' && url.pathname === '/pipeline/executions') {
      await this.start(request, response);
    } else if (request.method === 'POST' && action === 'stop' && this.find(name)?.isLive === true) {
      await this.pipeline.stop(name ?? '');
      response.writeHead(303, { location: `/pipeline/executions/${name}` }).end();
    } else if (!['GET', 'HEAD'].includes(request.method ?? '')) {
      send(response, 405, 'text/plain', 'this page answers GET and HEAD');
    } else if (url.pathname === '/report') {
      const report = await this.pipeline.report();
      if (report === undefined) {
        send(response, ...NOTHING);
      } else {
        send(response, 200, 'text/html; charset=utf-8', report);
      }
    } else if (url.pathname === '/pipeline/pipeline.css') {
      send(response, 200, 'text/css; charset=utf-8', this.file('pipeline.css'));
    } else if (url.pathname === '/pipeline/main.js') {
      const { code } = await transform(this.file('main.ts'), { loader: 'ts', target: 'es2022' });
      send(response, 200, 'text/javascript; charset=utf-8', code);
    } else if (url.pathname === '/pipeline/events') {
      this.stream(response, url.searchParams.get('execution') ?? undefined);
    } else if (
      url.pathname === '/pipeline' ||
      (place === 'executions' && action === undefined && this.find(name) !== undefined)
    ) {
      await this.show(response, 200, name);
    } else {
      send(response, ...NOTHING);
    }
    return true;
  }

  private file(name: string): Buffer {
    return readFileSync(join(this.folder, name));
  }

  /** The one of this name, or the latest. */
  private find(name: string | undefined): RecordedExecution | undefined {
    const { executions } = this.pipeline;
    return name === undefined ? executions.all()[0] : executions.find(name);
  }

  private async show(
    response: ServerResponse,
    status: number,
    name?: string,
    failed?: { input: string; problem: string },
  ) {
    const definition = this.pipeline.definition();
    if (definition === undefined) {
      response.setHeader('refresh', '2');
      send(response, 503, 'text/plain', 'the local run is starting: this page comes in a moment');
      return;
    }
    const layout = this.layout(definition);
    const execution = this.find(name);
    const last = execution === undefined ? '{}' : executionView(execution).input;
    const input = failed?.input ?? JSON.stringify(JSON.parse(last), null, 2);
    const fragments = await this.fragments(execution?.name, definition);
    response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
    send(
      response,
      status,
      'text/html; charset=utf-8',
      pipelinePage(fragments, layout, execution?.name, input, failed?.problem),
    );
  }

  private async fragments(name: string | undefined, definition: Definition): Promise<Fragments> {
    const inService = await this.pipeline.inService();
    return fragmentsOf(this.find(name), this.pipeline.executions.all(), this.layout(definition), inService);
  }

  /** Which takes longer than all the rest. */
  private layout(definition: Definition): Layout {
    const layout = this.layouts.get(definition) ?? layoutOf(definition);
    this.layouts.set(definition, layout);
    return layout;
  }

  /** Sends each fragment that changes, and at first all, for the page may have been open while nobody served it. */
  private stream(response: ServerResponse, name: string | undefined): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const sent = new Map<string, string>();
    let timer: NodeJS.Timeout | undefined;
    const look = async (): Promise<void> => {
      const definition = this.pipeline.definition();
      const fragments = definition === undefined ? new Map<string, string>() : await this.fragments(name, definition);
      timer = undefined;
      for (const [id, content] of fragments) {
        if (sent.get(id) !== content) {
          sent.set(id, content);
          response.write(`data: ${JSON.stringify({ id, html: content })}\n\n`);
        }
      }
    };
    const lookSoon = (): void => {
      timer ??= setTimeout(() => {
        look().catch((error: unknown) => {
          console.error(error);
          response.end();
        });
      }, PAUSE_MS);
    };
    const stop = this.pipeline.executions.onChange(lookSoon);
    response.on('close', () => {
      stop();
      clearTimeout(timer);
    });
    lookSoon();
  }

  private async start(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (Number(request.headers['content-length'] ?? Infinity) > LONGEST_FORM_BYTES) {
      send(response, 413, 'text/plain', 'an input has at most 262144 bytes');
      return;
    }
    const input = new URLSearchParams(await text(request)).get('input') ?? '';
    if (this.pipeline.definition() === undefined) {
      await this.show(response, 503);
      return;
    }
    let parsed: unknown;
    try {
      parsed = JSON.parse(input);
    } catch (error) {
      const problem = `The input is no JSON: ${error instanceof Error ? error.message : String(error)}.`;
      await this.show(response, 400, undefined, { input, problem });
      return;
    }
    const name = this.pipeline.start(parsed);
    response.writeHead(303, { location: `/pipeline/executions/${name}` }).end();
  }
}

const NOTHING = [404, 'text/plain', 'there is no such page'] as const;

/**
 * Whether a page of another site has sent it: by its own form, or by a name of its own that leads to this machine.
 */
function isForeign({ headers }: IncomingMessage): boolean {
  const host = headers.host ?? '';
  const isHere = /^(?:localhost|127\.0\.0\.1)(?::\d+)?$/.test(host);
  const isOwn = headers.origin === undefined || headers.origin === `http://${host}`;
  return !isHere || !isOwn;
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
