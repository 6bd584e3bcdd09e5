import { type Layout, layoutOf } from '../../../../local/run/pipeline-page/graph';
import { definitionOf } from '../../../lib/definition';
import { synthesized } from '../../../lib/synthesized';

// Of the accelerated profile, which has all states.
const { names, template } = synthesized({});
const layout = layoutOf(definitionOf(template(names.trainingStack)));

/** What of a picture would be cut off. */
function outside({ width, height, states, transitions }: Layout): unknown[] {
  return [
    ...states.filter(({ x, width: own }) => x - own / 2 < 0 || x + own / 2 > width),
    ...transitions.flatMap(({ points }) => points).filter(({ x, y }) => x < 0 || x > width || y < 0 || y > height),
  ];
}

test('the picture has room for all states and transitions of the pipeline', () => {
  expect(layout.states).toHaveLength(new Set(layout.states.map(({ name }) => name)).size);
  expect(layout.states.map(({ name }) => name)).toEqual(expect.arrayContaining(['Train', 'NotifyOfRefusal']));
  expect(outside(layout)).toEqual([]);
});
