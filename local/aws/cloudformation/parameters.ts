import { ValidationError } from './errors';
import type { Template, TemplateParameter } from './template';

/** One parameter of a request: a value, or the value that the stack has now. */
export type ParameterInput = { readonly value: string } | { readonly usePrevious: true };

/** `value` is as given; for an SSM parameter type it names the parameter whose content is `resolved`. */
export interface ParameterValue {
  readonly value: string;
  readonly resolved?: string;
}

const knownTypes = ['String', 'AWS::SSM::Parameter::Value<String>'];

/**
 * The values that an operation runs with. A parameter left out takes its default, also when the stack has another value: that is what
 * `usePrevious` is for. Throws ValidationError with CloudFormation's sentence for a missing, unknown or refused value.
 */
export function parameterValues(
  template: Template,
  given: ReadonlyMap<string, ParameterInput>,
  previous: ReadonlyMap<string, ParameterValue>,
  ssmParameters: ReadonlyMap<string, string>,
): Map<string, ParameterValue> {
  const declared = template.Parameters ?? {};
  const unknown = [...given.keys()].filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0) throw new ValidationError(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const values = new Map<string, ParameterValue>();
  const missing: string[] = [];
  for (const [name, parameter] of Object.entries(declared)) {
    const input = given.get(name);
    const value = input && 'usePrevious' in input ? previous.get(name)?.value : (input?.value ?? parameter.Default);
    if (value === undefined) missing.push(name);
    else values.set(name, checked(name, parameter, String(value), ssmParameters));
  }
  if (missing.length > 0) throw new ValidationError(`Parameters: [${missing.join(', ')}] must have values`);
  return values;
}

function checked(
  name: string,
  parameter: TemplateParameter,
  value: string,
  ssmParameters: ReadonlyMap<string, string>,
): ParameterValue {
  if (!knownTypes.includes(parameter.Type)) {
    throw new ValidationError(
      `Template format error: Unrecognized parameter type: ${parameter.Type} (Parameters/${name})`,
    );
  }
  if (!parameter.Type.startsWith('AWS::SSM::')) {
    checkConstraints(name, parameter, value);
    return { value };
  }
  const resolved = ssmParameters.get(value);
  if (resolved === undefined) {
    throw new ValidationError(`Unable to fetch parameters [${value}] from parameter store for this account.`);
  }
  return { value, resolved };
}

function checkConstraints(name: string, parameter: TemplateParameter, value: string): void {
  const problem = violation(parameter, value);
  if (problem === undefined) return;
  const { ConstraintDescription: description } = parameter;
  if (description !== undefined) {
    throw new ValidationError(`Parameter ${name} failed to satisfy constraint: ${description}`);
  }
  throw new ValidationError(`Parameter '${name}' ${problem}`);
}

function violation(parameter: TemplateParameter, value: string): string | undefined {
  const { AllowedValues, AllowedPattern } = parameter;
  if (AllowedValues && !AllowedValues.map(String).includes(value)) return 'must be one of AllowedValues';
  // The pattern must match the whole value, whatever its alternatives.
  if (AllowedPattern !== undefined && !new RegExp(`^(?:${AllowedPattern})$`).test(value)) {
    return `must match pattern ${AllowedPattern}`;
  }
  return undefined;
}
