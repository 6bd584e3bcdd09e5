import { Html, html } from '../../../lambda/shared/html';
import type { Fragments } from './fragments';
import type { Layout } from './graph';

/** What the page may do: its own style, script and events, and nothing of anywhere else. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; script-src 'self'; connect-src 'self'; " +
  "img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/**
 * The page of the pipeline, whole as it is served: without scripts one reloads it, with them the fragments change by
 * themselves.
 *
 * @param execution the name of the one that is shown; undefined where there was none yet
 * @param input of the next execution, to begin with
 * @param problem why the last one was not started
 */
export function pipelinePage(
  fragments: Fragments,
  { states }: Layout,
  execution: string | undefined,
  input: string,
  problem?: string,
): string {
  const fragment = (id: string) => new Html(fragments.get(id) ?? '');
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>The pipeline</title>
      <link rel="icon" href="data:," />
      <link rel="stylesheet" href="/pipeline/pipeline.css" />
      <script src="/pipeline/main.js" defer></script>
    </head>
    <body data-execution="${execution}">
      <header>
        <h1>The pipeline</h1>
        <nav><a href="/">Try the model</a></nav>
      </header>
      <main>
        <section aria-labelledby="in-service-heading">
          <h2 id="in-service-heading">In service</h2>
          <div id="in-service">${fragment('in-service')}</div>
        </section>
        <section aria-labelledby="execution-heading">
          <h2 id="execution-heading">Execution</h2>
          <div id="execution" aria-live="polite">${fragment('execution')}</div>
        </section>
        <div class="columns">
          <section aria-labelledby="graph-heading">
            <h2 id="graph-heading">State machine</h2>
            <div id="graph" tabindex="0" role="group" aria-labelledby="graph-heading">${fragment('graph')}</div>
            <p class="quiet">
              Dashed: where a failure leads. That of most states leads to ExplainFailure, which is not drawn.
            </p>
          </section>
          <section aria-labelledby="states-heading">
            <h2 id="states-heading">States</h2>
            ${states.map(
              ({ name }) =>
                html`<details id="state-${name}" class="state">
                  <summary id="state-${name}-summary">${fragment(`state-${name}-summary`)}</summary>
                  <div id="state-${name}-body">${fragment(`state-${name}-body`)}</div>
                </details>`,
            )}
          </section>
        </div>
        <section aria-labelledby="start-heading">
          <h2 id="start-heading">Run again</h2>
          <form method="post" action="/pipeline/executions">
            <label for="input">Input of the execution, as JSON</label>
            <textarea id="input" name="input" rows="12" spellcheck="false">${input}</textarea>
            ${problem === undefined ? null : html`<p class="bad" role="alert">${problem}</p>`}
            <button>Start</button>
          </form>
        </section>
        <section aria-labelledby="executions-heading">
          <h2 id="executions-heading">Executions</h2>
          <div id="executions">${fragment('executions')}</div>
        </section>
      </main>
    </body>
  </html>`;
  return `<!doctype html>\n${page.text}\n`;
}
