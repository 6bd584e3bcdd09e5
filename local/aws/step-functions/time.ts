import { setTimeout as sleep } from 'node:timers/promises';

/** The longest that one of Node's timers can wait: 24.8 days. */
const LONGEST_MILLISECONDS = 2 ** 31 - 1;

/** Waits, however long, until the time is over or the signal fires (then it rejects). */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  for (let left = milliseconds; left > 0; left -= LONGEST_MILLISECONDS) {
    await sleep(Math.min(left, LONGEST_MILLISECONDS), undefined, { signal });
  }
}

/** Calls back when the seconds are over; the answer cancels it. No seconds, or more than a timer can wait, mean never. */
export function deadline(seconds: number | undefined, onTimeout: () => void): () => void {
  if (seconds === undefined || seconds * 1000 > LONGEST_MILLISECONDS) return () => undefined;
  const timer = setTimeout(onTimeout, seconds * 1000);
  return () => {
    clearTimeout(timer);
  };
}

/** The work's own outcome, or a rejection with the signal's reason as soon as it fires, whether or not the work heeds it. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    work
      .then(resolve, (error: unknown) => {
        // Work that heeds the signal rejects with an error of its own; the reason for stopping it says more.
        reject((signal.aborted ? signal.reason : error) as Error);
      })
      .finally(() => {
        signal.removeEventListener('abort', abort);
      });
  });
}
