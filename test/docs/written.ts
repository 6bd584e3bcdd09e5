/*
 * What is written in documents from the code: `npm run docs` writes it, and a test holds that it is as the code says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HELP } from '../../local/run/options';
import { synthesized } from '../lib/synthesized';
import { configurationTables, servingTable } from './configuration-tables';
import { stacksDrawing, stateMachineDrawing } from './drawings';
import { profilesTable } from './profiles-table';
import { standIns } from './stand-ins';
import { textClassifierProps } from './text-classifier-props';
import { troubleshootingTable } from './troubleshooting-table';

const ROOT = join(__dirname, '..', '..');

interface Written {
  /** From the root of the project. */
  readonly page: string;
  /** Between which markers it stands. @default - it is all of the page */
  readonly name?: string;
  readonly text: string;
}

/** All that is written from the code. */
export async function written(): Promise<Written[]> {
  const application = synthesized();
  const { names } = application;
  const drawing = (stackName: string) => stateMachineDrawing(application, stackName);
  return [
    { page: 'local/aws/README.md', text: await standIns() },
    { page: 'lib/configuration/text-classifier-props.ts', text: await textClassifierProps() },
    { page: 'docs/configuration.md', name: 'fields', text: configurationTables() },
    { page: 'docs/configuration.md', name: 'fields of serving', text: servingTable() },
    { page: 'docs/deploy.md', name: 'profiles', text: profilesTable() },
    { page: 'docs/commands.md', name: 'options of npm start', text: `\`\`\`text\n${HELP}\`\`\`` },
    { page: 'docs/troubleshooting.md', name: 'failures', text: troubleshootingTable() },
    { page: 'docs/architecture.md', name: 'stacks', text: stacksDrawing(application) },
    { page: 'docs/architecture.md', name: 'pipeline', text: drawing(names.trainingStack) },
    { page: 'docs/architecture.md', name: 'batch', text: drawing(names.batchStack) },
  ];
}

/**
 * The page as it is once `text` is written into it.
 *
 * @throws Error where its markers are missing
 */
export function pageWith({ page, name, text }: Written): string {
  if (name === undefined) {
    return text;
  }
  const now = readPage(page);
  const [start, end] = [`<!-- ${name}: npm run docs -->`, `<!-- the end of ${name} -->`];
  const [before, after] = [now.indexOf(start), now.indexOf(end)];
  if (before < 0 || after < before) {
    throw new Error(`${page} must have the line ${start}, and below it ${end}`);
  }
  return `${now.slice(0, before)}${start}\n\n${text.trimEnd()}\n\n${now.slice(after)}`;
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

if (require.main === module) {
  void written().then((all) => {
    for (const each of all) {
      writeFileSync(join(ROOT, each.page), pageWith(each));
    }
  });
}
