import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { App } from 'aws-cdk-lib';
import { createApplication } from '../lib/application';
import { InvalidConfiguration, readConfiguration } from '../lib/configuration/configuration';

// The CDK validates in one short run of much WebAssembly: to optimize its code takes longer than to run it as it is.
setFlagsFromString('--liftoff-only');

const app = new App();
const file: unknown = app.node.tryGetContext('configuration');
try {
  const configuration = readConfiguration(
    typeof file === 'string' ? file : join(__dirname, '..', 'configuration.json'),
  );
  createApplication(app, configuration, {
    account: process.env['CDK_DEFAULT_ACCOUNT'],
    region: process.env['CDK_DEFAULT_REGION'],
  });
} catch (error) {
  if (!(error instanceof InvalidConfiguration)) {
    throw error;
  }
  console.error(error.message);
  process.exit(1);
}
