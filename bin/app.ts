import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { createApplication } from '../lib/application';
import { readConfiguration } from '../lib/configuration';

const app = new App();
const file: unknown = app.node.tryGetContext('configuration');
createApplication(
  app,
  readConfiguration(typeof file === 'string' ? file : join(__dirname, '..', 'configuration.json')),
  {
    account: process.env['CDK_DEFAULT_ACCOUNT'],
    region: process.env['CDK_DEFAULT_REGION'],
  },
);
