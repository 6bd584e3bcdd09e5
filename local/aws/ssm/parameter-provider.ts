import * as v from 'valibot';
import {
  parseProperties,
  type Provisioned,
  type ResolvedResource,
  type ResourceProvider,
} from '../cloudformation/provider';

const parameter = v.object({
  Name: v.pipe(v.string(), v.maxLength(1011), v.regex(/^(\/[\w.-]+){1,15}$/, 'must be a path such as /name/of/it')),
  Type: v.literal('String'),
  Value: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
});

/** AWS::SSM::Parameter, of a name that the template gives. `Ref` is the name; another name is a replacement. */
export class ParameterProvider implements ResourceProvider {
  readonly properties = {
    carriedOut: Object.keys(parameter.entries),
    recorded: { Description: 'for people', Tags: 'nobody looks for them' },
  };

  /** @param parameters values by name, which SsmService answers */
  constructor(private readonly parameters: Map<string, string>) {}

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const { Name } = parseProperties(parameter, resource);
    refuseReserved(Name);
    if (this.parameters.has(Name)) {
      throw new Error(`${Name} already exists (Service: Ssm, Error code: ParameterAlreadyExists)`);
    }
    return this.put(resource);
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    const { Name } = parseProperties(parameter, resource);
    return Name === current.physicalId ? this.put(resource) : this.create(resource);
  }

  delete(_resource: ResolvedResource, { physicalId }: Provisioned): Promise<void> {
    this.parameters.delete(physicalId);
    return Promise.resolve();
  }

  async resume(resource: ResolvedResource): Promise<void> {
    await this.put(resource);
  }

  private put(resource: ResolvedResource): Promise<Provisioned> {
    const { Name, Type, Value } = parseProperties(parameter, resource);
    this.parameters.set(Name, Value);
    return Promise.resolve({ physicalId: Name, attributes: { Type, Value } });
  }
}

/** In whatever case, and also before more letters: /awsome is refused like /aws. */
function refuseReserved(name: string): void {
  if (/^\/aws/i.test(name)) {
    throw new Error(
      `No access to reserved parameter name: ${name.slice(1)}. (Service: Ssm, Error code: AccessDeniedException)`,
    );
  }
  if (/^\/ssm/i.test(name)) {
    throw new Error(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). (Service: Ssm, Error code: ValidationException)',
    );
  }
}
