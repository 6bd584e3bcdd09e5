import type { Provisioned, ResolvedResource, ResourceProvider } from '../../../../local/aws/cloudformation/provider';

/**
 * A provider that tells what was asked of it. A resource is what its properties say: `Fail: "create|update|delete"` makes that call throw,
 * a changed `Name` replaces it, `Gate` waits for `open`.
 */
export class ScriptedProvider implements ResourceProvider {
  readonly properties = {
    carriedOut: ['AcceleratorType', 'Base', 'Color', 'Fail', 'Gate', 'Key', 'Name', 'On', 'Size', 'Value', 'X'],
    recorded: {},
  };
  readonly calls: string[] = [];
  private opened: () => void = () => undefined;
  private readonly gate = new Promise<void>((resolve) => {
    this.opened = resolve;
  });

  /** `generation` numbers the physical ids. */
  constructor(private generation = 0) {}

  open(): void {
    this.opened();
  }

  /** The calls since the last time. */
  take(): string[] {
    return this.calls.splice(0);
  }

  async create(resource: ResolvedResource): Promise<Provisioned> {
    this.calls.push(`create ${resource.logicalId}`);
    if (resource.properties.Gate) await this.gate;
    if (resource.properties.Fail === 'create') throw new Error(`no ${resource.logicalId} today`);
    return this.provision(resource);
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    this.calls.push(`update ${resource.logicalId} ${JSON.stringify(resource.properties)}`);
    if (resource.properties.Gate) await this.gate;
    if (resource.properties.Fail === 'update') throw new Error(`${resource.logicalId} will not change`);
    if (resource.properties.Name !== current.attributes.Name) return this.provision(resource);
    return { physicalId: current.physicalId, attributes: { ...current.attributes, Color: resource.properties.Color } };
  }

  delete(resource: ResolvedResource, current: Provisioned): Promise<void> {
    this.calls.push(`delete ${current.physicalId}`);
    if (resource.properties.Fail === 'delete') return Promise.reject(new Error(`${resource.logicalId} clings to life`));
    return Promise.resolve();
  }

  resume(resource: ResolvedResource, current: Provisioned): Promise<void> {
    this.calls.push(`resume ${current.physicalId}`);
    if (resource.properties.Fail === 'resume') return Promise.reject(new Error('it is gone'));
    return Promise.resolve();
  }

  private provision({ logicalId, properties }: ResolvedResource): Provisioned {
    this.generation += 1;
    const { Name, Color } = properties;
    return {
      physicalId: `${logicalId}-${this.generation}`,
      attributes: { Arn: `arn:${logicalId}-${this.generation}`, Name, Color },
    };
  }
}
