import { ApiError, classify, type Classified, type ClassifyRequest, type Input } from './api';
import { element, showError } from './page';
import { showTable } from './table';

/** The API takes 256 inputs and 256 kB at once; a smaller part shows progress sooner. */
const PART_INPUTS = 64;
const PART_BYTES = 100_000;

let running: AbortController | undefined;

/** Stops the batch that is under way; what was answered stays. */
export function stopBatch(): void {
  running?.abort();
}

/** Classifies any number of inputs, part by part, and shows them as a table that grows. */
export async function classifyAll({ inputs, parameters }: ClassifyRequest): Promise<void> {
  stopBatch();
  const stopping = new AbortController();
  running = stopping;
  const progress = element('progress', HTMLProgressElement);
  progress.max = inputs.length;
  progress.value = 0;
  progress.hidden = false;
  element('stop').hidden = false;
  element('bars').replaceChildren();
  showError();
  const start = performance.now();
  const rows: { input: Input; classified: Classified }[] = [];
  try {
    for (const part of partsOf(inputs)) {
      const answers = await patiently({ inputs: part, ...(parameters && { parameters }) }, stopping.signal);
      rows.push(...answers.map((classified, index) => ({ input: part[index] ?? '', classified })));
      progress.value = rows.length;
      showTable(rows);
    }
    element('time').textContent = `${rows.length} texts in ${((performance.now() - start) / 1000).toFixed(1)} s`;
  } catch (error) {
    if (running !== stopping) return;
    const reason = stopping.signal.aborted ? 'stopped' : error instanceof Error ? error.message : String(error);
    showError(`${rows.length} of ${inputs.length} texts are classified: ${reason}`);
  } finally {
    if (running === stopping) {
      progress.hidden = true;
      element('stop').hidden = true;
    }
  }
}

function* partsOf(inputs: readonly Input[]): Generator<Input[]> {
  let part: Input[] = [];
  let bytes = 0;
  for (const input of inputs) {
    const size = new Blob([JSON.stringify(input)]).size;
    if (part.length > 0 && (part.length === PART_INPUTS || bytes + size > PART_BYTES)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(input);
    bytes += size;
  }
  yield part;
}

/** Where the API asks to come back later, does so. */
async function patiently(request: ClassifyRequest, signal: AbortSignal): Promise<Classified[]> {
  for (;;) {
    try {
      return await classify(request, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429) throw error;
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfter ?? 1) * 1000));
      signal.throwIfAborted();
    }
  }
}
