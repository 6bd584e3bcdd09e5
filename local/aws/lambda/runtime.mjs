/**
 * What runs inside a function's worker thread: loads the handler, then answers one event at a time.
 *
 * workerData: `{ directory, handler, context }`. Messages in: `{ event, requestId, deadline }` (JSON text, id, epoch milliseconds).
 * Messages out: `{ kind: 'result', payload }` (JSON text) or `{ kind: 'error', payload }` for having loaded and then for each event,
 * `{ kind: 'log', text }` at any time, and `{ kind: 'crash', payload }` last.
 */
import { Buffer } from 'node:buffer';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

/** Lambda's own limit of an answer, in bytes. */
const LARGEST_ANSWER = 6_291_556;

// Straight to the owner: a stream hands its second line over only when the event loop turns, which it never does in an endless loop.
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, callback) => {
    parentPort.postMessage({ kind: 'log', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() });
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
}

process.on('uncaughtException', (error) => crash(describe(error)));
process.on('unhandledRejection', (reason) => {
  const { errorType, errorMessage, trace } = describe(reason);
  crash({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: `${errorType}: ${errorMessage}`, trace });
});

const handler = load();
if (handler) {
  parentPort.on('message', (message) => void answer(message));
  parentPort.postMessage({ kind: 'result', payload: 'null' });
}

/** The handler `file.name` of the asset, or undefined after saying why there is none. */
function load() {
  const dot = workerData.handler.lastIndexOf('.');
  const [file, name] = [workerData.handler.slice(0, dot), workerData.handler.slice(dot + 1)];
  const path = join(workerData.directory, `${file}.js`);
  try {
    const found = createRequire(path)(path)[name];
    if (typeof found === 'function') return found;
    crash({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: `${workerData.handler} is undefined or not exported`,
      trace: [],
    });
  } catch (error) {
    const failure = describe(error);
    const missing = error instanceof Error && error.code === 'MODULE_NOT_FOUND';
    crash(missing ? { ...failure, errorType: 'Runtime.ImportModuleError' } : failure);
  }
}

async function answer({ event, requestId, deadline }) {
  const context = {
    ...workerData.context,
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    const payload = JSON.stringify(await handler(JSON.parse(event), context)) ?? 'null';
    const size = Buffer.byteLength(payload);
    parentPort.postMessage(
      size > LARGEST_ANSWER ? { kind: 'error', payload: tooLarge(size) } : { kind: 'result', payload },
    );
  } catch (error) {
    const payload = describe(error);
    console.error(`Invoke Error ${JSON.stringify(payload)}`);
    parentPort.postMessage({ kind: 'error', payload });
  }
}

function tooLarge(size) {
  return {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size (${size} bytes) exceeded maximum allowed payload size (${LARGEST_ANSWER} bytes).`,
  };
}

/** An error as Lambda reports it. */
function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

/** After this the thread's state is unknown, so it ends and the next event gets a new one. */
function crash(payload) {
  console.error(`Uncaught Exception ${JSON.stringify(payload)}`);
  parentPort.postMessage({ kind: 'crash', payload });
  process.exit(1);
}
