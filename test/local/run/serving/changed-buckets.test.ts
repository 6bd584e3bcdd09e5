import { checkChangedBuckets } from '../../../../cli/doctor/changed-buckets';
import { checkSharedBucket } from '../../../../cli/doctor/shared-bucket';
import { Application } from './application';

/*
 * A deployment goes on with the buckets that it began with, and with no other deployment's: what becomes of other ones, and that
 * the doctor says so before.
 */
jest.setTimeout(180_000);

const NAMED = { storage: { dataBucket: 'my-data', artifactsBucket: 'my-artifacts' } };

let application: Application;
beforeEach(async () => {
  application = await Application.open({}, 'refused');
  await application.deploy();
});
afterEach(() => application.close());

/** What the doctor says of a configuration, by a check. */
async function told(check: typeof checkChangedBuckets, content: object): Promise<string[]> {
  const findings = await check(application.patient(content));
  return findings.map(({ verdict, sentence }) => `${verdict}: ${sentence}`);
}

const changed = (content: object) => told(checkChangedBuckets, content);

it('the buckets of a deployment are changed by taking it away and deploying it anew, which the doctor says', async () => {
  const [data, artifacts] = [application.output('DataBucketName'), application.output('ArtifactsBucketName')];
  expect(await changed({})).toEqual([]);
  expect(await changed(NAMED)).toEqual([
    `deployment: the deployment that is there has ${data}, and goes on with it: leave storage.dataBucket out, or take the deployment ` +
      'away first to begin anew with my-data (docs/deploy.md).',
    `deployment: the deployment that is there has ${artifacts}, and goes on with it: leave storage.artifactsBucket out, or take the ` +
      'deployment away first to begin anew with my-artifacts (docs/deploy.md).',
  ]);
  // To name what it has made would take it out of the storage stack just as well.
  expect(await changed({ storage: { dataBucket: data } })).toEqual([
    expect.stringMatching(/: leave storage\.dataBucket out,/),
  ]);

  await expect(application.change(NAMED)).rejects.toThrow(/Export .* cannot be deleted as it is in use by /);
  expect(application.liveStacks()).toMatchObject({ [application.names.storageStack]: 'UPDATE_ROLLBACK_COMPLETE' });
  await application.change({});
  expect([application.output('DataBucketName'), application.output('ArtifactsBucketName')]).toEqual([data, artifacts]);

  await application.destroy();
  expect(await changed(NAMED)).toEqual([]);
  await application.change(NAMED);
  expect(application.output('DataBucketName')).toBe('my-data');
  expect(await changed(NAMED)).toEqual([]);
  expect(await changed({ storage: { dataBucket: 'other', artifactsBucket: 'my-artifacts' } })).toEqual([
    'deployment: the deployment that is there has my-data, and goes on with it: set storage.dataBucket to my-data, or take the ' +
      'deployment away first to begin anew with other (docs/deploy.md).',
  ]);
  expect(await changed({})).toEqual([
    expect.stringMatching(/: set storage\.dataBucket to my-data, .* begin anew with a new one /),
    expect.stringMatching(/: set storage\.artifactsBucket to my-artifacts, /),
  ]);
  await application.destroy();
  expect(application.liveStacks()).toEqual({});
});

it('an artifacts bucket is of one deployment alone, which the doctor says', async () => {
  const artifactsBucket = application.output('ArtifactsBucketName');
  expect(await told(checkSharedBucket, { storage: { artifactsBucket } })).toEqual([]);
  expect(await told(checkSharedBucket, { stage: 'production' })).toEqual([]);
  expect(await told(checkSharedBucket, { stage: 'production', storage: { artifactsBucket: 'another' } })).toEqual([]);
  expect(await told(checkSharedBucket, { stage: 'production', storage: { artifactsBucket } })).toEqual([
    `deployment: storage.artifactsBucket, ${artifactsBucket}, is that of the deployment with the stack classifier-dev-training, and ` +
      'has room for what is in service of one alone: name another, or leave it out.',
  ]);
});
