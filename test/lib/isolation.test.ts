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
      Resources: Record<string, { Properties?: unknown }>;
      Outputs?: Record<string, { Export?: { Name: string } }>;
    };
    for (const { Properties } of Object.values(Resources)) {
      visit('Properties', Properties);
    }
    for (const { Export } of Object.values(Outputs ?? {})) {
      visit('ExportName', Export?.Name);
    }
  }
  return found;
}

/** Names of things within a resource (a role's inline policy, an endpoint's variant), which are nobody else's business. */
const INNER_NAMES = new Set(['PolicyName', 'VariantName', 'StageName', 'HeaderName', 'ParameterName']);

function isPhysicalName(key: string, value: string): boolean {
  return (
    (/^[A-Z]\w*Name$/.test(key) && !INNER_NAMES.has(key)) ||
    key === 'ENDPOINT_NAME' ||
    key === 'SERVING_STACK_NAME' ||
    (key === 'Name' && value.startsWith('/'))
  );
}

it.each([
  ['another name', { name: 'spam' }],
  ['another stage', { stage: 'prod' }],
])('a configuration with %s shares no physical name or export', (_, other) => {
  const one = namesOf({});
  const two = namesOf(other);
  expect(one.size).toBeGreaterThan(8);
  expect([...one].filter((name) => two.has(name))).toEqual([]);
});
