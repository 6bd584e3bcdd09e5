const { readFileSync } = require('node:fs');
const { default: Sequencer } = require('@jest/test-sequencer');

/*
 * The files that ask for more time than others come first, so that in the end no worker is at one of them alone. Without
 * times of an earlier run, as in CI, Jest goes by the sizes of files only.
 */
module.exports = class SlowFirst extends Sequencer {
  sort(tests) {
    const isSlow = ({ path }) => readFileSync(path, 'utf8').includes('jest.setTimeout(');
    const inOrder = super.sort(tests);
    return [...inOrder.filter(isSlow), ...inOrder.filter((test) => !isSlow(test))];
  }
};
