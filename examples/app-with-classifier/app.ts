import { App } from 'aws-cdk-lib';
import { SupportDesk } from './support-desk';

new SupportDesk(new App(), 'SupportDesk', {
  env: { account: process.env['CDK_DEFAULT_ACCOUNT'], region: process.env['CDK_DEFAULT_REGION'] },
});
