import { createServer, type RequestListener, type Server } from 'node:http';
import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { InvalidInput } from '../../../lambda/shared/step-errors';
import { baseModelType } from '../../../lambda/plan/base-model';
import { closeServer, freePort, listenOnLoopback } from '../../../local/aws/loopback';
import { storedText } from './stored-text';

const CONFIG = JSON.stringify({ model_type: 'bert', hidden_size: 768 });

let warned: jest.SpyInstance;
beforeEach(() => {
  warned = jest.spyOn(console, 'warn').mockImplementation();
});
afterEach(() => {
  warned.mockRestore();
});

describe('of a folder in S3', () => {
  const s3 = mockClient(S3Client);
  const client = new S3Client();
  beforeEach(() => {
    s3.reset();
  });

  test.each(['s3://models/team/bert', 's3://models/team/bert/'])('%s is in its config.json', async (folder) => {
    s3.on(GetObjectCommand, { Bucket: 'models', Key: 'team/bert/config.json' }).resolves(storedText(CONFIG));
    await expect(baseModelType(folder, client)).resolves.toBe('bert');
  });

  test.each([
    ['a key', new NoSuchKey({ message: 'no', $metadata: {} })],
    ['a bucket', Object.assign(new Error('no'), { name: 'NoSuchBucket' })],
  ])('there is none without %s', async (_, error) => {
    s3.on(GetObjectCommand).rejects(error);
    const type = baseModelType('s3://models/team/bert/', client);
    await expect(type).rejects.toThrow(InvalidInput);
    await expect(type).rejects.toThrow(
      'training.baseModel holds no model: there is no s3://models/team/bert/config.json',
    );
  });

  test('is unknown where only training may look', async () => {
    s3.on(GetObjectCommand).rejects(Object.assign(new Error('Access Denied'), { name: 'AccessDenied' }));
    await expect(baseModelType('s3://models/team/bert', client)).resolves.toBeUndefined();
    expect(warned).toHaveBeenCalledTimes(1);
  });

  test.each(['not JSON', '[]', '{"model_type": 7}', '{}'])('is unknown where config.json is %s', async (config) => {
    s3.on(GetObjectCommand).resolves(storedText(config));
    await expect(baseModelType('s3://models/team/bert', client)).resolves.toBeUndefined();
  });

  test('is worth another try where AWS has a fault', async () => {
    s3.on(GetObjectCommand).rejects(Object.assign(new Error('Please reduce your request rate.'), { name: 'SlowDown' }));
    await expect(baseModelType('s3://models/team/bert', client)).rejects.toMatchObject({ name: 'SlowDown' });
  });
});

describe('of a model of the hub', () => {
  const { HF_ENDPOINT } = process.env;
  const asked: (string | undefined)[] = [];
  let answer: RequestListener;
  let hub: Server;
  beforeAll(async () => {
    hub = createServer((request, response) => {
      asked.push(request.url);
      answer(request, response);
    });
    process.env.HF_ENDPOINT = `http://127.0.0.1:${await listenOnLoopback(hub)}`;
  });
  beforeEach(() => {
    asked.length = 0;
  });
  afterAll(async () => {
    await closeServer(hub);
    if (HF_ENDPOINT === undefined) {
      delete process.env.HF_ENDPOINT;
    } else {
      process.env.HF_ENDPOINT = HF_ENDPOINT;
    }
  });

  test.each(['bert-base-uncased', 'team/bert'])('%s is in its config.json', async (id) => {
    answer = (_, response) => response.end(CONFIG);
    await expect(baseModelType(id, new S3Client())).resolves.toBe('bert');
    expect(asked).toEqual([`/${id}/resolve/main/config.json`]);
  });

  test.each<[string, RequestListener]>([
    ['there is no such model', (_, response) => response.writeHead(404).end('Entry not found')],
    ['the model is private', (_, response) => response.writeHead(401).end(CONFIG)],
    ['the hub has a fault', (_, response) => response.writeHead(503).end()],
    ['the hub answers something else', (_, response) => response.end('<html>')],
    ['the connection breaks', (_, response) => response.writeHead(200, { 'content-length': '9' }).destroy()],
  ])('is unknown where %s', async (_, listener) => {
    answer = listener;
    await expect(baseModelType('team/bert', new S3Client())).resolves.toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  test('is unknown where the hub is not to be reached', async () => {
    const reachable = process.env.HF_ENDPOINT;
    process.env.HF_ENDPOINT = `http://127.0.0.1:${await freePort()}`;
    await expect(baseModelType('team/bert', new S3Client())).resolves.toBeUndefined();
    expect(warned).toHaveBeenCalledTimes(1);
    process.env.HF_ENDPOINT = reachable;
  });
});
