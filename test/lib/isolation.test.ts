import { namesIn } from './physical-names';
import { synthesized } from './synthesized';

const namesOf = (configuration: unknown): Set<string> => namesIn(synthesized(configuration).assembly.stacks);

const SCALING = { profile: 'cpu', maxInstanceCount: 4 };

describe.each([
  ['with an accelerator', {}],
  ['that scales', { serving: SCALING }],
  ['that is serverless', { serving: { profile: 'serverless' } }],
])('an application %s', (_, configuration) => {
  const one = namesOf(configuration);

  it.each([
    ['name', { name: 'spam' }],
    ['stage', { stage: 'prod' }],
  ])('shares no physical name or export with one of another %s', (__, other) => {
    const two = namesOf({ ...configuration, ...other });
    expect(one.size).toBeGreaterThan(8);
    expect([...one].filter((name) => two.has(name))).toEqual([]);
  });
});

it.each([
  ['name', { name: 'spam' }],
  ['stage', { stage: 'prod' }],
])('nothing in any template is named after an application of another %s', (_, other) => {
  const { assembly } = synthesized({ ...other, notifications: { emails: ['team@example.com'] } });
  expect(assembly.stacks.filter(({ template }) => JSON.stringify(template).includes('classifier-dev'))).toEqual([]);
});
