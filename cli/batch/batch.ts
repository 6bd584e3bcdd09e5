import { withAdviceForThisMachine } from '../../local/run/failure-advice';
import { Progress } from '../../local/run/progress';
import { CommandFailed } from '../../local/run/failure';
import { type Terminal, writeJson } from '../terminal';
import { compareRuns, comparisonLines } from './compare';
import { BatchFailed, runBatch } from './execution';
import { claimOutput, download, upload, uploadInput, uploadModel } from './files';
import { type BatchOptions, fieldsOf, placeOf, withOptionNames } from './options';
import { type AnsweredRun, openAnsweredRun } from './scored-rows';
import { openSite } from './site';
import { summaryLines } from './summary';
import { uncertainRows } from './uncertain';

/** How often to ask: on AWS states take minutes, and requests are counted. */
const POLL_SECONDS = { aws: 10, local: 0.5 };

/**
 * `classifier batch`: classifies every row of a table, and waits for it.
 *
 * @throws UsageError, CommandFailed
 */
export async function batch(options: BatchOptions, terminal: Terminal): Promise<void> {
  const { json = false, aws = false } = options;
  const inputPlace = placeOf('input', options.input, options, terminal);
  const outputPlace = placeOf('output', options.output, options, terminal);
  const [model, compared] = (['model', 'compare'] as const).map((name) => {
    const value = options[name];
    return value === undefined ? undefined : placeOf(name, value, options, terminal);
  });
  const site = await openSite(options, terminal);
  const progress = new Progress(json ? terminal.stderr : terminal.stdout);
  progress.status('Reading the input …');
  const asked = JSON.stringify([options.input, options.model, options.compare, fieldsOf(options)]);
  const output = await claimOutput(outputPlace, asked, site);
  const input = await uploadInput(inputPlace, site);
  const where = 'path' in outputPlace ? outputPlace.path : output;
  const causeOf = ({ message }: BatchFailed) => withOptionNames(aws ? message : withAdviceForThisMachine(message));
  const pollSeconds = POLL_SECONDS[aws ? 'aws' : 'local'];

  const run = async (artifact: typeof model, folder: string): Promise<AnsweredRun> => {
    const modelDataUrl = artifact === undefined ? undefined : await uploadModel(artifact, site);
    const request = { ...fieldsOf(options), input, output: folder, modelDataUrl };
    const { outcome, runUri } = await runBatch(request, site, { progress, pollSeconds, isPaid: aws }).catch(
      (error: unknown) => {
        progress.status('');
        throw error instanceof BatchFailed
          ? // Where results go first is nobody's business on this machine.
            new CommandFailed(`The batch failed: ${causeOf(error).replaceAll(output, where)}`)
          : error;
      },
    );
    if (json) {
      writeJson(outcome, terminal);
    } else {
      summaryLines(outcome, aws).forEach((line) => {
        progress.line(line);
      });
    }
    return openAnsweredRun(runUri, site.s3);
  };

  const answered = await run(model, compared === undefined ? output : `${output}/model`);
  if (options.uncertain !== undefined) {
    const { name, content, rows } = await uncertainRows(answered, options.uncertain);
    await upload(`${output}/${name}`, content, site);
    progress.line(
      `${rows.toLocaleString('en')} rows to label first: ${name}; with labels filled in, a dataset for --data.`,
    );
  }
  if (compared !== undefined) {
    progress.line('By the compared model:');
    const comparison = await compareRuns(answered, await run(compared, `${output}/compared`));
    await upload(`${output}/comparison.csv`, comparison.mostChanged, site);
    for (const line of [...comparisonLines(comparison), 'The rows that change most: comparison.csv.']) {
      progress.line(line);
    }
  }
  if ('path' in outputPlace) {
    await download(output, outputPlace.path, site);
  }
  progress.line(`Results: ${where}`);
}
