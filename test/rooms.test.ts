import { breachesOf, circleOf, mapOf, ownImports, pageWith, readPage, roomOf, roomsOf } from './rooms';

it('is drawn in CONTRIBUTING.md as it is: npm run map draws it again', () => {
  expect(readPage()).toBe(pageWith(mapOf(roomsOf(ownImports())), readPage()));
});

it('has walls that nothing goes through', () => {
  expect(breachesOf(ownImports())).toEqual([]);
});

it.each([
  ['local/aws/s3/bucket.ts', 'lambda/shared/plan', 'of this project, local/aws/ may import only itself'],
  ['lambda/plan/index.ts', 'lambda/deploy/deploy', 'of this project, lambda/plan/ may import only lambda/shared'],
  [
    'lib/api/api-stack.ts',
    'lib/batch/batch',
    'of this project, lib/api/ may import only lib/configuration, lib/functions',
  ],
  ['cli/doctor/quotas.ts', 'test/rooms', 'of this project, cli/ may import only lib, lambda/shared, local'],
])('would tell that %s imports %s', (from, to, told) => {
  expect(breachesOf([{ from, to }])).toEqual([expect.stringContaining(`${from} imports ${to}: ${told}`)]);
});

it.each([
  ['lambda/plan/index.ts', 'lambda/plan/plan'],
  ['lib/text-classifier.ts', 'lib/api/api-stack'],
  ['local/run/main.ts', 'lib/application'],
  ['test/lambda/plan/plan.test.ts', 'lambda/plan'],
])('lets %s import %s', (from, to) => {
  expect(breachesOf([{ from, to }])).toEqual([]);
});

it('has no circles', () => {
  expect(circleOf(roomsOf(ownImports()))).toBeUndefined();
});

it('would tell a circle', () => {
  const rooms = roomsOf([
    { from: 'bin/app.ts', to: 'lib/api/api-stack' },
    { from: 'lib/api/api-stack.ts', to: 'lib/functions/function-code' },
    { from: 'lib/functions/function-code.ts', to: 'lib/api/classify-api' },
  ]);
  expect(circleOf(rooms)).toEqual(['lib/api', 'lib/functions', 'lib/api']);
});

it.each([
  ['bin/app.ts', 'bin'],
  ['lib/application', 'lib'],
  ['lib/api/api-stack.ts', 'lib/api'],
  ['lambda/shared/plan', 'lambda/shared'],
  ['lambda/plan/index.ts', 'lambda/*'],
  ['local/aws/s3/object-store', 'local/aws'],
  ['test/lib/api/api.test.ts', 'test'],
])('takes %s to %s', (file, room) => {
  expect(roomOf(file)).toBe(room);
});
