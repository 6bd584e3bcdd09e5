import { candidateLines } from '../../../local/run/candidates-report';

it('tells what became of each candidate, why one failed, and which was taken', () => {
  const nothing = { score: null, seconds: null, billableSeconds: null, costUsd: null };
  expect(
    candidateLines([
      {
        overrides: { learningRate: 0.0001, batchSize: 32 },
        ...{ score: 0.61234, seconds: 61, billableSeconds: 60, costUsd: 0.0235, reason: null, isChosen: true },
      },
      { overrides: {}, ...nothing, reason: 'no such quota', isChosen: false },
    ]),
  ).toEqual([
    'candidate                           validation  seconds      USD',
    '0 learningRate 0.0001, batchSize 32     0.6123       61     0.02',
    '1 as configured                              -        -        -',
    'Candidate 1 failed: no such quota',
    'Candidate 0 was taken.',
  ]);
});
