import { html, type Html } from '../../../lambda/shared/html';
import { duration } from '../progress';
import type { RecordedExecution } from './executions';
import { graphSvg, type Layout, SIGNS } from './graph';
import { type ExecutionStatus, type ExecutionView, executionView, type StateView, stateViews } from './state-views';
import { trainingCurves, trainingProgress } from './training-log';

/** The parts of the page that change while it is open, by their ids. */
export type Fragments = ReadonlyMap<string, string>;

/** What is told of the model in service. */
export interface InService {
  readonly metrics: Readonly<Record<string, number>> | null;
  readonly promotedAt: string;
  readonly hasReport: boolean;
}

const STATUSES: Readonly<Record<ExecutionStatus, string>> = {
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timed out',
  ABORTED: 'stopped',
  CUT_OFF: 'cut off when the local run ended',
};
/** Of a log; the file has the rest. */
const SHOWN_LINES = 200;

/** @param execution the one that is shown; undefined where there was none yet */
export function fragmentsOf(
  execution: RecordedExecution | undefined,
  executions: readonly RecordedExecution[],
  layout: Layout,
  inService: InService | null,
): Fragments {
  const states = execution === undefined ? new Map<string, StateView>() : stateViews(execution);
  const statuses = new Map([...states].map(([name, { status }]) => [name, status]));
  const parts: (readonly [id: string, content: Html])[] = [
    [
      'execution',
      execution === undefined ? html`<p>Nothing has run yet.</p>` : executionPart(executionView(execution)),
    ],
    ['graph', graphSvg(layout, statuses)],
    ['in-service', inServicePart(inService)],
    ['executions', executionsPart(executions.map(executionView), execution?.name)],
    ...layout.states.flatMap(({ name, comment }) => {
      const view = states.get(name);
      const logs = view?.logNames.map((log) => execution?.logs.get(log) ?? []) ?? [];
      return [
        [`state-${name}-summary`, summaryOf(name, view)],
        [`state-${name}-body`, view === undefined ? html`` : bodyOf(comment, view, logs)],
      ] as const;
    }),
  ];
  return new Map(parts.map(([id, { text }]) => [id, text]));
}

function executionPart({ name, status, started, ended, output, error, cause }: ExecutionView): Html {
  return html`<p>
      <strong class="status ${status.toLowerCase()}">${STATUSES[status]}</strong>
      <code>${name}</code>, started
      ${time(started)}${ended === undefined ? null : `, took ${duration((ended.getTime() - started.getTime()) / 1000)}`}
    </p>
    ${
      status === 'RUNNING'
        ? html`<form method="post" action="/pipeline/executions/${name}/stop">
            <button>Stop</button>
          </form>`
        : null
    }
    ${error === undefined && cause === undefined ? null : html`<p class="bad">${error}: ${cause}</p>`}
    ${output === undefined ? null : json('execution-output', 'Output', output)}`;
}

function inServicePart(inService: InService | null): Html {
  if (inService === null) {
    return html`<p>No model is in service.</p>`;
  }
  const shown = [
    ['accuracy', 'accuracy'],
    ['matthews_correlation', 'Matthews correlation'],
    ['macro_f1', 'macro F1'],
  ] as const;
  const metrics = shown.flatMap(([name, told]) => {
    const value = inService.metrics?.[name];
    return value === undefined ? [] : [`${told} ${value.toFixed(3)}`];
  });
  return html`<p>
    ${metrics.length === 0 ? 'A model without metrics' : metrics.join(', ')}, in service since
    ${time(new Date(inService.promotedAt))}.
    ${inService.hasReport ? html`<a href="/report">Report of its training</a>` : null}
  </p>`;
}

function executionsPart(executions: readonly ExecutionView[], shown: string | undefined): Html {
  return html`<ul>
    ${executions.map(
      ({ name, status, started }) =>
        html`<li>
          <a href="/pipeline/executions/${name}" ${name === shown ? html` aria-current="page"` : null}
            >${time(started)}</a
          >
          ${STATUSES[status]}
        </li>`,
    )}
  </ul>`;
}

function summaryOf(name: string, view: StateView | undefined): Html {
  if (view === undefined) {
    return html`<span class="not-reached">${name}</span>`;
  }
  const { status, entered, exited, visits, retries } = view;
  const seconds = exited === undefined ? '' : ` ${((exited.getTime() - entered.getTime()) / 1000).toFixed(1)} s`;
  const more = [visits > 1 ? `${visits} times` : '', retries > 0 ? `${retries} retries` : ''].filter(Boolean);
  return html`<span class="${status}">${SIGNS[status]}</span> ${name}
    <span class="quiet">${status}${seconds}${more.length > 0 ? ` (${more.join(', ')})` : ''}</span>`;
}

function bodyOf(comment: string, view: StateView, logs: readonly (readonly string[])[]): Html {
  const { name, input, asked, answered, output, error, cause, status } = view;
  const lines = logs.flat();
  return html`<p class="quiet">${comment}</p>
    ${error === undefined ? null : html`<p class="bad">${error}: ${cause}</p>`}
    ${status === 'running' ? trainingProgress(lines) : null} ${trainingCurves(logs)}
    ${input === undefined ? null : json(`${name}-input`, 'Input', input)}
    ${asked === undefined ? null : json(`${name}-asked`, 'What it was asked', asked)}
    ${answered === undefined ? null : json(`${name}-answered`, 'What it answered', answered)}
    ${output === undefined ? null : json(`${name}-output`, 'Output', output)}
    ${
      lines.length === 0
        ? null
        : html`<details id="${name}-log">
            <summary>Log</summary>
            <pre tabindex="0">${lines.slice(-SHOWN_LINES).join('\n')}</pre>
          </details>`
    }`;
}

function json(id: string, name: string, text: string): Html {
  return html`<details id="${id}">
    <summary>${name}</summary>
    <pre tabindex="0">${JSON.stringify(JSON.parse(text), null, 2)}</pre>
  </details>`;
}

function time(date: Date): Html {
  return html`<time datetime="${date.toISOString()}">${date.toISOString().slice(0, 19).replace('T', ' ')} UTC</time>`;
}
