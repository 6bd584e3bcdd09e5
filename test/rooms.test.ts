import { circleOf, mapOf, ownImports, pageWith, readPage, roomOf, roomsOf } from './rooms';

it('is drawn in CONTRIBUTING.md as it is: npm run map draws it again', () => {
  expect(readPage()).toBe(pageWith(mapOf(roomsOf(ownImports())), readPage()));
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
