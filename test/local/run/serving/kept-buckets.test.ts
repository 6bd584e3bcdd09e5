import { checkKeptBuckets } from '../../../../cli/doctor/kept-buckets';
import { Application } from './application';

/*
 * What outlives `cdk destroy` is found again, and gone on with.
 */
jest.setTimeout(180_000);

let application: Application;
beforeEach(async () => {
  application = await Application.open({}, 'refused');
  await application.deploy();
});
afterEach(() => application.close());

/** What the doctor says of buckets. */
async function told(): Promise<string | undefined> {
  const [finding] = await checkKeptBuckets(application.patient());
  return finding?.sentence;
}

it('a deployment after one that was destroyed goes on with its buckets, and with the model that was in service', async () => {
  const names = [application.output('DataBucketName'), application.output('ArtifactsBucketName')];
  await application.execute({ modelDataUrl: await application.artifact('first') });
  expect(await told()).toBeUndefined();

  await application.destroy();
  const [, storage = ''] = /write (\{.*\}) into the configuration/.exec((await told()) ?? '') ?? [];
  expect(JSON.parse(storage)).toEqual({ storage: { dataBucket: names[0], artifactsBucket: names[1] } });

  await application.change(JSON.parse(storage) as object);
  expect([application.output('DataBucketName'), application.output('ArtifactsBucketName')]).toEqual(names);
  expect(await application.execute({ endpoint: 'bring-back' })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await application.classify()).toEqual({ status: 200, label: 'first' });

  // They are nobody's now, and so outlive this deployment too, whatever its removal policy.
  await application.destroy();
  for (const name of names) expect(await application.cloud.objects.hasBucket(name)).toBe(true);
});
