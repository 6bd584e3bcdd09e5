import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Environment, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { createApplication } from '../../lib/application';
import { parseConfiguration } from '../../lib/configuration/configuration';
import type { Names } from '../../lib/configuration/names';

const ROOT = join(__dirname, '..', '..');

/** The context that `cdk` reads from cdk.json and `new App()` does not. */
export const { context: CDK_CONTEXT } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};

export interface Synthesized {
  readonly app: App;
  readonly names: Names;
  readonly assembly: CloudAssembly;
  readonly template: (stackName: string) => Template;
}

/**
 * The application as templates, without bundling.
 *
 * @param configuration what configuration.json would hold
 * @param tags those that the app puts on all that it has
 */
export function synthesized(
  configuration: unknown = {},
  env: Environment = { account: '123456789012', region: 'eu-west-1' },
  tags: Readonly<Record<string, string>> = {},
): Synthesized {
  const app = new App({ context: { ...CDK_CONTEXT, 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
  for (const [key, value] of Object.entries(tags)) {
    Tags.of(app).add(key, value);
  }
  const { names } = createApplication(app, parseConfiguration(configuration), env);
  const assembly = app.synth();
  return {
    app,
    names,
    assembly,
    template: (stackName) => Template.fromJSON(assembly.getStackByName(stackName).template as Record<string, unknown>),
  };
}
