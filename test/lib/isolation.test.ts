import { synthesized } from './synthesized';

/** Every literal that a configuration gives a name, an export or a parameter path, of all its stacks. */
function namesOf(configuration: unknown): Set<string> {
  const { assembly } = synthesized(configuration);
  const found = new Set<string>();
  const visit = (key: string, value: unknown): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [name, child] of Object.entries(value)) {
        visit(name, child);
      }
    } else if (typeof value === 'string' && isPhysicalName(key, value)) {
      found.add(value);
    }
  };
  for (const stack of assembly.stacks) {
    found.add(stack.stackName);
    const { Resources, Outputs } = stack.template as {
      Resources?: Record<string, { Properties?: unknown }>;
      Outputs?: Record<string, { Export?: { Name: string } }>;
    };
    for (const { Properties } of Object.values(Resources ?? {})) {
      visit('Properties', Properties);
    }
    for (const { Export } of Object.values(Outputs ?? {})) {
      visit('ExportName', Export?.Name);
    }
  }
  return found;
}

/** Names of things within a resource (a role's inline policy, an endpoint's variant) or of AWS's own (a metric), which are nobody else's business. */
const INNER_NAMES = new Set(['MetricName', 'PolicyName', 'VariantName', 'StageName', 'HeaderName', 'ParameterName']);

/** Variables of the functions' environments. */
const NAMING_VARIABLES = new Set([
  'ENDPOINT_NAME',
  'ENDPOINT_NAME_PARAMETER',
  'ACCELERATED_STACK_NAME',
  'SERVING_STACK_NAME',
  'METRIC_NAMESPACE',
  'NAME_PREFIX',
]);

function isPhysicalName(key: string, value: string): boolean {
  return (
    (/^[A-Z]\w*Name$/.test(key) && !INNER_NAMES.has(key)) ||
    NAMING_VARIABLES.has(key) ||
    (key === 'Name' && value.startsWith('/'))
  );
}

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
