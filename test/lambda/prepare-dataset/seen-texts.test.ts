import { hash } from 'node:crypto';
import { SeenTexts } from '../../../lambda/prepare-dataset/seen-texts';

test('remembers the first row of every text, also after it has grown', () => {
  const seen = new SeenTexts();
  const digests = Array.from({ length: 40_000 }, (_, number) => hash('sha256', String(number), 'buffer'));

  expect(digests.every((digest, number) => seen.add(digest, number * 7) === undefined)).toBe(true);
  expect(digests.every((digest, number) => seen.add(digest, 0) === number * 7)).toBe(true);
});
