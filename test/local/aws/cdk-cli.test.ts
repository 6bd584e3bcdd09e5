import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, CfnParameter, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { startAwsServer, type AwsServer } from '../../../local/aws/aws-server';
import { cloudFormationService } from '../../../local/aws/cloudformation/api';
import { Stacks } from '../../../local/aws/cloudformation/stacks';
import { SsmService, bootstrapParameters } from '../../../local/aws/ssm/ssm-service';
import { stsService } from '../../../local/aws/sts/sts-service';
import { BucketProvider } from '../../../local/aws/s3/bucket-provider';
import { ObjectStore } from '../../../local/aws/s3/object-store';
import { S3Service } from '../../../local/aws/s3/s3-service';
import { run } from '../run/command-line';

const assets = 'cdk-hnb659fds-assets-000000000000-us-east-1';
const quietly = ['--require-approval', 'never', '--progress', 'events'];
let root: string;
let server: AwsServer;
let stacks: Stacks;
let store: ObjectStore;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'cdk-cli-'));
  store = new ObjectStore(join(root, 'objects'));
  await store.createBucket(assets);
  stacks = await Stacks.open({
    folder: root,
    providers: { 'AWS::S3::Bucket': new BucketProvider(store) },
    ssmParameters: bootstrapParameters,
    validate: (_name, template) =>
      JSON.stringify(template).includes('AcceleratorType') ? 'Unsupported property [AcceleratorType]' : undefined,
  });
  server = await startAwsServer({
    cloudformation: cloudFormationService(stacks, store),
    s3: new S3Service(store),
    ssm: new SsmService(bootstrapParameters),
    sts: stsService(),
  });
});
afterAll(async () => {
  await server.close();
  await stacks.close();
  await rm(root, { recursive: true });
});

/** Synthesizes one stack into a folder of its own and answers the folder. */
function synthesize(name: string, build: (stack: Stack) => void): string {
  // The CDK's own checks cost more than the rest, and a refusal is what one of the templates is for.
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ outdir: join(root, name), analyticsReporting: false });
  build(new Stack(app, 'Tiny', { env: { account: '000000000000', region: 'us-east-1' } }));
  return app.synth().directory;
}

function tiny(content: string): (stack: Stack) => void {
  return (stack) => {
    const file = join(root, `${content}.txt`);
    writeFileSync(file, content);
    const color = new CfnParameter(stack, 'Color', { default: 'red' });
    const bucket = new Bucket(stack, 'Bucket', { removalPolicy: RemovalPolicy.DESTROY });
    const asset = new Asset(stack, 'Asset', { path: file });
    new CfnOutput(stack, 'Picture', { value: `${color.valueAsString} ${bucket.bucketName} ${asset.s3ObjectKey}` });
  };
}

/** Runs the CDK's command line, as a user with no AWS configuration at all would. */
function cdk(...parameters: string[]): Promise<{ code: number; output: string }> {
  const command = join(__dirname, '../../../node_modules/.bin/cdk');
  const user = { home: root, workingDirectory: root, url: server.url };
  return run(user, command, ...parameters, '--no-notices', '--ci');
}

/** A failure then shows what it said. */
function succeeded({ code, output }: { code: number; output: string }): void {
  expect(code === 0 ? '' : output).toBe('');
}

test('the real cdk deploys, redeploys with the previous parameter, is told of a refusal, and destroys', async () => {
  const picture = () => stacks.require('Tiny').content.outputs.Picture?.value.split(' ') ?? [];

  const first = synthesize('first', tiny('first'));
  succeeded(await cdk('deploy', '--app', first, '--parameters', 'Color=blue', ...quietly));
  const [color, bucket = '', key = ''] = picture();
  expect(color).toBe('blue');
  expect(await store.list(bucket, '')).toEqual([]);
  expect(String(await store.read(assets, key))).toBe('first');

  const second = synthesize('second', tiny('second'));
  succeeded(await cdk('deploy', '--app', second, ...quietly));
  const [keptColor, keptBucket, newKey = ''] = picture();
  expect([keptColor, keptBucket]).toEqual(['blue', bucket]);
  expect(String(await store.read(assets, newKey))).toBe('second');

  const accelerated = synthesize('accelerated', (stack) => {
    new CfnResource(stack, 'Config', {
      type: 'AWS::CloudFormation::WaitConditionHandle',
    }).addMetadata('AcceleratorType', 'ml.eia2');
  });
  const refused = await cdk('deploy', '--app', accelerated, ...quietly);
  expect(refused.code).toBe(1);
  expect(refused.output).toContain('Unsupported property [AcceleratorType]');
  expect(picture()).toEqual([keptColor, keptBucket, newKey]);

  succeeded(await cdk('destroy', '--app', second, '--force'));
  expect(stacks.find('Tiny')).toBeUndefined();
  await expect(store.list(bucket, '')).rejects.toMatchObject({ name: 'NoSuchBucket' });
});
