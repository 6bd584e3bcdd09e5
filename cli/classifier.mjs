#!/usr/bin/env node
/*
 * `npx classifier …`: hands `start` to the script of npm start, which installs what is missing, and all else to cli/main.ts.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

if (!existsSync(join(ROOT, 'cli', 'main.ts'))) {
  console.error(
    'The commands run in a checkout of classifier-on-sagemaker: the package has the construct TextClassifier alone. With ' +
      '"--aws --configuration FILE" they reach a classifier whose name and stage are in that file.',
  );
  process.exitCode = 1;
} else if (process.argv[2] === 'start') {
  process.argv.splice(2, 1);
  await import('../local/run/launch.mjs');
} else if (!existsSync(join(ROOT, 'node_modules', 'tsx'))) {
  console.error(
    'The packages are not installed yet: "npm ci" installs them, and "npx classifier start" does so by itself.',
  );
  process.exitCode = 1;
} else {
  // Its advice is for who keeps this project up to date, and would come before every answer.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  await import('tsx');
  const { WORKING_DIRECTORY } = await import('../local/run/working-directory.mjs');
  const { main } = createRequire(import.meta.url)('./main.ts');
  process.exitCode = await main(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    root: ROOT,
    workingDirectory: WORKING_DIRECTORY,
    stateFolder: join(ROOT, '.local'),
  });
}
