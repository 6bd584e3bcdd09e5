import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const SUBJECTS = ['The author', 'A student', 'Our neighbor', 'Every guard', 'The old secretary', 'Somebody'];
const VERBS = ['praised', 'has fixed', 'will examine', 'did not mention', 'wondered about', 'paid for'];
const OBJECTS = ['that engine', 'the museum, and nothing else', 'a "new" scooter', 'themselves', 'your last letter'];
const ENDINGS = ['.', ' in the morning.', ' before anybody else did.', ' again?'];
const ROWS_AT_ONCE = 1000;

/**
 * Writes a CSV of labeled sentences, about as long as CoLA's. The same seed gives the same sentences; about one in a
 * hundred comes again.
 */
export async function writeSentences(rows: number, seed: number, file: string): Promise<void> {
  await pipeline(Readable.from(blocks(rows, randomNumbers(seed))), createWriteStream(file));
}

function* blocks(rows: number, random: () => number): Generator<string> {
  yield 'text,label\n';
  for (let done = 0; done < rows; done += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, rows - done);
    yield Array.from({ length: count }, () => row(rows, random)).join('');
  }
}

function row(rows: number, random: () => number): string {
  const one = (choices: readonly string[]) => choices[Math.floor(random() * choices.length)] ?? '';
  // A number, for there are fewer sentences of these words than rows; drawn from so many that few are drawn twice.
  const number = Math.floor(random() * rows * 50);
  const sentence = `${one(SUBJECTS)} ${one(VERBS)} ${one(OBJECTS)} of ${number}${one(ENDINGS)}`;
  return `"${sentence.replaceAll('"', '""')}",${random() < 0.7 ? 'acceptable' : 'unacceptable'}\n`;
}

/** Numbers from 0 to 1 by a linear congruential generator (Numerical Recipes' constants). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
