import { ApiError } from '../api-error';
import type { Template } from './template';

/** The property that gives an IAM resource a name of its own, by type. Policies have no existence of their own, so their name is none. */
const names: Readonly<Record<string, string>> = {
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
};

/** The capability that a template needs its caller to acknowledge; undefined when it has no IAM resources. */
function requiredCapability(template: Template): string | undefined {
  const iam = Object.values(template.Resources).filter(({ Type }) => Type.startsWith('AWS::IAM::'));
  if (iam.length === 0) return undefined;
  const named = iam.some(({ Type, Properties = {} }) => Object.hasOwn(Properties, names[Type] ?? ''));
  return named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
}

/** Throws InsufficientCapabilitiesException unless the acknowledged capabilities cover the template. */
export function checkCapabilities(template: Template, acknowledged: readonly string[]): void {
  const required = requiredCapability(template);
  if (required === undefined || acknowledged.includes(required) || acknowledged.includes('CAPABILITY_NAMED_IAM'))
    return;
  throw new ApiError('InsufficientCapabilitiesException', `Requires capabilities : [${required}]`);
}
