/*
 * Runs a function's bundle once in this process: node invoke.mjs INDEX_JS EVENT_JSON. Writes to stdout, as JSON, how long
 * it took, the most memory that the process had, and what the function answered.
 */
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { setInterval } from 'node:timers';

/** Looked at every few milliseconds: the operating system's own maximum begins with what the parent process had. */
let megabytes = 0;
setInterval(() => {
  megabytes = Math.max(megabytes, process.memoryUsage.rss() / 1024 ** 2);
}, 5).unref();

const [file, event] = process.argv.slice(2);
const start = performance.now();
const { handler } = createRequire(import.meta.url)(file);
const result = await handler(JSON.parse(event));
const milliseconds = performance.now() - start;
process.stdout.write(JSON.stringify({ milliseconds, megabytes, result }));
