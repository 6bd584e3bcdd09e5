import type { CandidateOutcome } from '../shared/candidates';
import type { FormerModel } from '../shared/former-model';
import { Html, html } from '../shared/html';
import type { Plan } from '../shared/plan';
import type { PreparedDataset } from '../shared/prepared-dataset';
import { curvesSection } from './curves';
import { dataSection } from './data';
import { labelsSection } from './labels';
import { mistakesSection } from './mistakes';
import { type JobTimes, parametersSection } from './parameters';
import { scoresSection } from './scores';
import { servedSection } from './served';
import type { TrainingOutput } from './sources';
import { STYLE } from './style';
import { summary } from './summary';

/** All that a report tells of. */
export interface Training extends TrainingOutput {
  /** The name of the execution. */
  readonly execution: string;
  /** Where the job left its model.tar.gz. */
  readonly modelDataUrl: string;
  readonly plan: Plan;
  /** Null where a finished classifier was exported without data. */
  readonly dataset: PreparedDataset | null;
  /** Null where one model was trained. */
  readonly candidates: readonly CandidateOutcome[] | null;
  /** Null where there were candidates. */
  readonly job: JobTimes | null;
  /** The model that was in service last; null: none ever was. */
  readonly former: FormerModel | null;
}

/** Nothing runs in the page and nothing is fetched by it, whatever a text in it says. */
const CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/**
 * The report of a training as one page that needs nothing else: readable without scripts, in print, light and dark, and
 * to who hears it read.
 */
export function report(training: Training, now: Date): string {
  const { execution, modelDataUrl, plan, metrics, mistakenTexts, dataset, candidates, job, former } = training;
  const title = `Report of the training ${execution}`;
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}" />
      <link rel="icon" href="data:," />
      <title>${title}</title>
      <style>
        ${new Html(STYLE)}
      </style>
    </head>
    <body>
      <main>
        <h1>${title}</h1>
        <p class="quiet">${now.toISOString()} · <code>${modelDataUrl}</code></p>
        ${summary(metrics, former, dataset, plan.gate)} ${dataset === null ? null : dataSection(dataset, plan.dataset)}
        ${curvesSection(metrics)} ${labelsSection(metrics)} ${scoresSection(metrics)}
        ${mistakesSection(metrics, mistakenTexts)} ${servedSection(metrics)}
        ${parametersSection(metrics, plan, candidates, job)}
      </main>
    </body>
  </html>`;
  return `<!doctype html>\n${page.text}\n`;
}
