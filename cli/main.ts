import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { BatchOptions } from './batch/options';
import type { ClassifyOptions } from './classify';
import type { DoctorOptions } from './doctor/doctor';
import { sentenceOf } from './failure';
import type { PipelineOptions } from './pipeline/executions';
import type { StartOptions } from './pipeline/start';
import type { Terminal } from './terminal';
import { exitCodeOf, MISUSED } from '../local/run/failure';

/**
 * `classifier …`: every command with its options. What a command does is in a module of its own, which is loaded when it
 * is asked for, since the clients of the AWS SDK take a while.
 *
 * @param args without the program's name
 * @returns the exit code
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await program(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      // It has told by itself. Help that nobody asked for is an answer to a command line without a command.
      return error.exitCode === 0 ? 0 : MISUSED;
    }
    const sentence = sentenceOf(error);
    if (sentence === undefined) {
      throw error;
    }
    terminal.stderr.write(`${sentence}\n`);
    return exitCodeOf(error);
  }
}

function program(terminal: Terminal): Command {
  const classifier = new Command('classifier')
    .description('Trains, judges and serves a text classifier: on this machine, or with --aws on AWS.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .showHelpAfterError('(--help tells what there is)');

  // Before any package is loaded, classifier.mjs hands it to the very script of npm start.
  classifier
    .command('start')
    .description('sets up this machine, trains and serves; the same as npm start (start --help has its options)');

  asking(classifier.command('classify'))
    .description('classifies texts by the model in service')
    .argument('[texts...]', 'what to classify (default: standard input, a text a line)')
    .option('--csv', 'standard input is a CSV file: its rows come back with the columns label and score')
    .option('--text-column <column>', 'of the CSV file, by name or number (default: the one that is called as usual)')
    .option('--pair-column <column>', 'of second texts, to classify pairs (default: text_pair, if there is one)')
    .action(async (texts: string[], options: ClassifyOptions) => {
      const { classify } = await import('./classify');
      await classify(texts, options, terminal);
    });

  asking(classifier.command('batch'))
    .description('classifies every row of a table, or of a folder of them; started again, it goes on where it ended')
    .requiredOption(
      '--input <place>',
      'a .csv, .tsv, .jsonl or .parquet, also as .gz, or a folder of such; with --aws in S3',
    )
    .requiredOption('--output <place>', 'a folder for the results, which is empty or of the same run; with --aws in S3')
    .option('--text-column <column>', 'by name or number (default: the one that is called as usual)')
    .option('--pair-column <column>', 'of second texts, for a model of pairs')
    .option('--format <format>', 'of the results: csv, tsv, jsonl or parquet (default: that of each input)')
    .option('--scores <which>', 'best, or all: a column for each label (default: best)')
    .option(
      '--overflow <what>',
      'of texts longer than the model takes: truncate, error or window (default: as in training)',
    )
    .option('--max-errors <number>', 'fails when more rows have an error (default: any number is fine)', number)
    .option('--model <place>', 'a model.tar.gz (default: the model in service)')
    .option('--compare <place>', 'a second model.tar.gz: tells which labels change by it')
    .option('--uncertain <number>', 'also writes so many rows that are worth labelling first', wholeNumber)
    .option('--instance-type <type>', 'of the job on AWS (default: batch.instanceType of the configuration)')
    .option('--instance-count <number>', 'of the job on AWS, at most', wholeNumber)
    .option(
      '--max-cost-usd <number>',
      'refuses what could cost more (default: batch.maxCostUsd of the configuration)',
      number,
    )
    .action(async (options: BatchOptions) => {
      const { batch } = await import('./batch/batch');
      await batch(options, terminal);
    });

  const pipeline = classifier.command('pipeline').description('runs the pipeline, and tells of its executions');
  asking(pipeline.command('start'))
    .description('starts an execution: trains a model, judges it, and rolls a good one out')
    .option('--input <file>', 'its input in JSON, see examples/execution-inputs; - is standard input (default: {})')
    .option('--name <name>', 'its name (default: a new one)')
    .action(async (options: StartOptions) => {
      const { start } = await import('./pipeline/start');
      await start(options, terminal);
    });
  asking(pipeline.command('status'))
    .description('the states that an execution has passed, the one that it is in, and why it failed')
    .argument('[name]', 'of the execution (default: the one that was started last)')
    .action(async (name: string | undefined, options: PipelineOptions) => {
      const { status } = await import('./pipeline/status');
      await status(name, options, terminal);
    });
  asking(pipeline.command('stop'))
    .description('stops an execution, and the job that it waits for')
    .argument('<name>', 'of the execution')
    .action(async (name: string, options: PipelineOptions) => {
      const { stop } = await import('./pipeline/stop');
      await stop(name, options, terminal);
    });
  asking(pipeline.command('list'))
    .description('the executions, those that were started last first')
    .option('--limit <number>', 'how many', wholeNumber, 20)
    .action(async (options: PipelineOptions & { readonly limit: number }) => {
      const { list } = await import('./pipeline/list');
      await list(options, terminal);
    });
  asking(pipeline.command('logs'))
    .description("the log of an execution's training job")
    .argument('[name]', 'of the execution (default: the one that was started last)')
    .action(async (name: string | undefined, options: PipelineOptions) => {
      const { logs } = await import('./pipeline/logs');
      await logs(name, options, terminal);
    });

  classifier
    .command('doctor')
    .description('what would fail on AWS, at deploy or in the first run, and what it costs; only reads')
    .addOption(configuration())
    .addOption(json())
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./doctor/doctor');
      await doctor(options, terminal);
    });
  return classifier;
}

/** The options of every command that asks a classifier. */
function asking(command: Command): Command {
  return command
    .option('--aws', 'ask the deployed stacks, and not the local run')
    .addOption(configuration())
    .addOption(json());
}

function configuration(): Option {
  return new Option('--configuration <file>', 'of which stacks (default: configuration.json of the project)');
}

function json(): Option {
  return new Option('--json', 'answer JSON, for programs');
}

function number(value: string): number {
  if (!/^\d+(?:\.\d+)?$/.test(value)) {
    throw new InvalidArgumentError('It must be a number.');
  }
  return Number(value);
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value)) {
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  }
  return Number(value);
}
