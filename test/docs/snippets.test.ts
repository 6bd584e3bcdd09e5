import ts from 'typescript';
import * as v from 'valibot';
import { join } from 'node:path';
import { batchInputSchema } from '../../lambda/shared/batch-input';
import { requestSchema } from '../../lambda/shared/classify-request';
import { executionInputSchema } from '../../lambda/shared/execution-input';
import { modelDescriptionSchema } from '../../lambda/shared/model-description';
import { parseConfiguration } from '../../lib/configuration/configuration';
import { type CodeBlock, codeBlocks, ROOT, USER_PAGES } from './markdown';

/** What a block of JSON may be, by the word after its language; each throws where it is not. */
const JSON_KINDS: Readonly<Record<string, (value: unknown) => unknown>> = {
  configuration: parseConfiguration,
  input: (value) => v.parse(executionInputSchema, value),
  'batch input': (value) => v.parse(batchInputSchema, value),
  request: (value) => v.parse(requestSchema, value),
  model: (value) => v.parse(modelDescriptionSchema, value),
};

/** How a block is checked, by its language; blocks of commands are run by commands.test.ts. */
const LANGUAGES: Readonly<Record<string, (block: CodeBlock) => void>> = {
  json({ where, kind, content }) {
    const check = JSON_KINDS[kind];
    if (check === undefined) {
      throw new Error(`${where}: say after "json" what it is: ${Object.keys(JSON_KINDS).join(', ')}`);
    }
    check(JSON.parse(content));
  },
  ts: ({ content }) => {
    expect(typeErrors(content)).toEqual([]);
  },
  sh: () => undefined,
  mermaid: mustBeWritten,
  text: mustBeWritten,
};

/** What no program reads must at least be written by one; written.test.ts has the rest. */
function mustBeWritten({ where, language, isWritten }: CodeBlock): void {
  if (!isWritten) {
    throw new Error(`${where}: nothing checks a block of ${language} that npm run docs does not write`);
  }
}

function check(block: CodeBlock): void {
  const known = LANGUAGES[block.language];
  if (known === undefined) {
    throw new Error(
      `${block.where}: no rule of snippets.test.ts knows a block of "${block.language}"; there are ${Object.keys(LANGUAGES).join(', ')}`,
    );
  }
  known(block);
}

/** What the compiler says of a module in this project's root, with this project's settings. */
function typeErrors(content: string): string[] {
  const file = join(ROOT, 'snippet.ts');
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [file] }, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (path) => path === file || fileExists(path);
  host.readFile = (path) => (path === file ? content : readFile(path));
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

it.each(USER_PAGES.flatMap(codeBlocks).map((block) => [block.where, block] as const))('%s is sound', (_, block) => {
  check(block);
});

describe('a block that is not sound', () => {
  const block = (language: string, kind: string, content: string): CodeBlock => ({
    where: 'page.md:1',
    language,
    kind,
    content,
    isWritten: false,
  });
  it.each([
    [block('yaml', '', 'a: 1'), 'page.md:1: no rule of snippets.test.ts knows a block of "yaml"'],
    [block('json', '', '{}'), 'page.md:1: say after "json" what it is'],
    [block('json', 'input', '{"trainig": {}}'), 'is not a known field'],
    [block('json', 'request', '{"inputs": []}'), 'must not be empty'],
    [block('mermaid', '', 'flowchart TD'), 'nothing checks a block of mermaid'],
  ])('is told: %j', (unsound, words) => {
    expect(() => {
      check(unsound);
    }).toThrow(words);
  });

  it('is told of types, too', () => {
    expect(typeErrors('const x: number = "one"; export { x };')).toEqual([
      "Type 'string' is not assignable to type 'number'.",
    ]);
  });
});
