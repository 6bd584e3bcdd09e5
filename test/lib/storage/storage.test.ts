import { Match } from 'aws-cdk-lib/assertions';
import { synthesized } from '../synthesized';

const { names, template, assembly } = synthesized({ logRetentionDays: 7 });
const storage = template(names.storageStack);

it('forgets what only one execution needs, and never a model that has passed', () => {
  const rules = Object.values(storage.findResources('AWS::S3::Bucket')).flatMap(
    ({ Properties }) =>
      (Properties as { LifecycleConfiguration: { Rules: { Prefix?: string; ExpirationInDays?: number }[] } })
        .LifecycleConfiguration.Rules,
  );
  const expiring = rules.filter(({ ExpirationInDays }) => ExpirationInDays !== undefined);
  expect(expiring).toEqual(
    ['datasets/', 'batch/', 'training/', 'traced/'].map((Prefix) => ({
      Prefix,
      ExpirationInDays: 30,
      Status: 'Enabled',
    })),
  );
});

it('has a log with a retention for either class of endpoint, which goes with the stack', () => {
  for (const endpoint of ['classifier-dev-instance', 'classifier-dev-serverless']) {
    storage.hasResource('AWS::Logs::LogGroup', {
      Properties: { LogGroupName: `/aws/sagemaker/Endpoints/${endpoint}`, RetentionInDays: 7 },
      DeletionPolicy: 'Delete',
    });
  }
});

describe('with buckets that exist', () => {
  const adopting = synthesized({ storage: { dataBucket: 'kept-data', artifactsBucket: 'kept-artifacts' } });

  it('makes none, and exports none', () => {
    adopting.template(adopting.names.storageStack).resourceCountIs('AWS::S3::Bucket', 0);
    const templates = JSON.stringify(adopting.assembly.stacks.map((stack) => stack.template as unknown));
    expect(templates).not.toMatch(/ImportValue[^}]*(?:Data|Artifacts)/);
    expect(JSON.stringify(assembly.stacks.map((stack) => stack.template as unknown))).toMatch(
      /ImportValue[^}]*(?:Data|Artifacts)/,
    );
  });

  it('uses them by their names', () => {
    const training = adopting.template(adopting.names.trainingStack);
    training.hasOutput('DataBucketName', { Value: 'kept-data' });
    training.hasOutput('ArtifactsBucketName', { Value: 'kept-artifacts' });
    training.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ DATA_BUCKET: 'kept-data', ARTIFACTS_BUCKET: 'kept-artifacts' }) },
    });
    expect(JSON.stringify(adopting.template(adopting.names.storageStack).toJSON())).toContain(
      ':s3:::kept-artifacts/models/*',
    );
  });
});
