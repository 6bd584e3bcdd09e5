import type { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';

/** Every literal that stacks give a name, an export or a parameter path. */
export function namesIn(stacks: readonly CloudFormationStackArtifact[]): Set<string> {
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
  for (const stack of stacks) {
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
  'PREFIX',
]);

function isPhysicalName(key: string, value: string): boolean {
  return (
    (/^[A-Z]\w*Name$/.test(key) && !INNER_NAMES.has(key)) ||
    NAMING_VARIABLES.has(key) ||
    (key === 'Name' && value.startsWith('/'))
  );
}
