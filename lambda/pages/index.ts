import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { readEnvironment } from '../shared/environment';
import { openApi } from './openapi';
import { reference } from './reference';

const environment = readEnvironment('CLASSIFIER_NAME', 'TAKES_BEARER_KEYS');

/** By the resource of the API. The files of web/ are beside this one: lib/api/web-pages.ts. */
const answers = new Map<string, APIGatewayProxyResult>();
const document = openApi(environment.CLASSIFIER_NAME, environment.TAKES_BEARER_KEYS === 'true');
answers.set('/', page(file('index.html')));
answers.set('/docs', page(reference(document, file('style.css'))));
answers.set('/openapi.json', answer('application/json', JSON.stringify(document)));

/** Answers GET / (the page to try the API), GET /docs and GET /openapi.json (its description, for people and for programs). */
export function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const found = answers.get(event.resource);
  if (found === undefined) {
    throw new Error(`there is no page ${event.resource}: see the methods of lib/api/classify-api.ts`);
  }
  return Promise.resolve(found);
}

function file(name: string): string {
  return readFileSync(join(__dirname, name), 'utf8');
}

/** A page that runs and shows what is in it and nothing else, and talks to this API alone. */
function page(html: string): APIGatewayProxyResult {
  const inline = (tag: string) =>
    [...html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))]
      .map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
      .join(' ') || "'none'";
  return answer('text/html; charset=utf-8', html, {
    'Content-Security-Policy': [
      "default-src 'none'",
      `script-src ${inline('script')}`,
      `style-src ${inline('style')}`,
      'img-src data:',
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
    'Referrer-Policy': 'no-referrer',
  });
}

function answer(contentType: string, body: string, headers: Record<string, string> = {}): APIGatewayProxyResult {
  return {
    statusCode: 200,
    headers: {
      'Content-Type': contentType,
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
    body,
  };
}
