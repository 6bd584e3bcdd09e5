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
      // Of the text that an expired object had, nothing stays.
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
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

it.each([
  ['retain', 2, 0],
  ['destroy', 0, 2],
])('has its buckets go on accepting TLS only where they stay: %s', (removalPolicy, kept, emptied) => {
  const own = synthesized({ removalPolicy });
  const made = own.template(own.names.storageStack);
  const policy = {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    },
  };
  for (const [type, Properties] of [
    ['AWS::S3::Bucket', {}],
    ['AWS::S3::BucketPolicy', policy],
  ] as const) {
    made.resourcePropertiesCountIs(type, Properties, 2);
    expect(Object.keys(made.findResources(type, { DeletionPolicy: 'Retain', Properties }))).toHaveLength(kept);
  }
  // What empties a bucket may do so by its policy, which must not outlive the function that it names.
  made.resourceCountIs('Custom::S3AutoDeleteObjects', emptied);
});

describe('with buckets that exist', () => {
  const adopting = synthesized({ storage: { dataBucket: 'kept-data', artifactsBucket: 'kept-artifacts' } });

  it('makes none, and exports none', () => {
    adopting.template(adopting.names.storageStack).resourceCountIs('AWS::S3::Bucket', 0);
    // The one that an earlier deployment has left stays as it is.
    adopting.template(adopting.names.storageStack).resourceCountIs('AWS::S3::BucketPolicy', 0);
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
