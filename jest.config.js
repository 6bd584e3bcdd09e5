/** @type {import('jest').Config} */
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testEnvironment: 'node',
  // swc transforms only (four times faster than a type-checking transform); `tsc --noEmit` checks the types.
  transform: { '^.+\\.[jt]s$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  // Of what is installed, only that which is written in ES modules alone, which Jest does not load.
  transformIgnorePatterns: ['/node_modules/(?!(?:hyparquet|hyparquet-compressors|hyparquet-writer|hysnappy|fzstd)/)'],
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/slow-first.js',
  // One more than the cores of the least machine: a third of the time, a file waits for processes to start or to end.
  maxWorkers: 3,
};
