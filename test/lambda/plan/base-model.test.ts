import { createServer, type RequestListener, type Server } from 'node:http';
import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { InvalidInput } from '../../../lambda/shared/step-errors';
import { readModelConfig, whyUntrainable } from '../../../lambda/plan/base-model';
import { closeServer, freePort, listenOnLoopback } from '../../../local/aws/loopback';
import { storedText } from '../stored-text';

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
    await expect(readModelConfig(folder, client)).resolves.toMatchObject({ model_type: 'bert' });
  });

  test.each([
    ['a key', new NoSuchKey({ message: 'no', $metadata: {} })],
    ['a bucket', Object.assign(new Error('no'), { name: 'NoSuchBucket' })],
  ])('there is none without %s', async (_, error) => {
    s3.on(GetObjectCommand).rejects(error);
    const type = readModelConfig('s3://models/team/bert/', client);
    await expect(type).rejects.toThrow(InvalidInput);
    await expect(type).rejects.toThrow(
      'training.baseModel holds no model: there is no s3://models/team/bert/config.json',
    );
  });

  test('may name no architecture', async () => {
    s3.on(GetObjectCommand).resolves(storedText('{"model_type": "bert", "architectures": null}'));
    await expect(readModelConfig('s3://models/team/bert', client)).resolves.toMatchObject({ architectures: [] });
  });

  test('is unknown where only training may look', async () => {
    s3.on(GetObjectCommand).rejects(Object.assign(new Error('Access Denied'), { name: 'AccessDenied' }));
    await expect(readModelConfig('s3://models/team/bert', client)).resolves.toBeUndefined();
    expect(warned).toHaveBeenCalledTimes(1);
  });

  test.each(['not JSON', '[]', '{"model_type": 7}', '{}'])('is unknown where config.json is %s', async (config) => {
    s3.on(GetObjectCommand).resolves(storedText(config));
    await expect(readModelConfig('s3://models/team/bert', client)).resolves.toBeUndefined();
  });

  test('is worth another try where AWS has a fault', async () => {
    s3.on(GetObjectCommand).rejects(Object.assign(new Error('Please reduce your request rate.'), { name: 'SlowDown' }));
    await expect(readModelConfig('s3://models/team/bert', client)).rejects.toMatchObject({ name: 'SlowDown' });
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
    await expect(readModelConfig(id, new S3Client())).resolves.toMatchObject({ model_type: 'bert' });
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
    await expect(readModelConfig('team/bert', new S3Client())).resolves.toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  test('is unknown where the hub is not to be reached', async () => {
    const reachable = process.env.HF_ENDPOINT;
    process.env.HF_ENDPOINT = `http://127.0.0.1:${await freePort()}`;
    await expect(readModelConfig('team/bert', new S3Client())).resolves.toBeUndefined();
    expect(warned).toHaveBeenCalledTimes(1);
    process.env.HF_ENDPOINT = reachable;
  });
});

describe('a base model', () => {
  const config = (fields: object) => ({
    model_type: 'some',
    architectures: ['SomeForMaskedLM'],
    is_encoder_decoder: false,
    is_decoder: false,
    vocab_size: 100,
    max_position_embeddings: 512,
    ...fields,
  });

  test.each([
    ['is trained', {}, undefined],
    ['of no architecture is trained', { architectures: [] }, undefined],
    ['for longer texts is trained', { max_position_embeddings: 8192 }, undefined],
    ['that does not count positions is trained', { max_position_embeddings: -1 }, undefined],
    ['that says nothing of positions is trained', { max_position_embeddings: undefined }, undefined],
    [
      'like GPT-2 is refused',
      { architectures: ['GPT2LMHeadModel'] },
      'is no encoder of texts: a model of type some writes text;',
    ],
    [
      'like Llama is refused',
      { architectures: ['LlamaForCausalLM'] },
      'a model of type some writes text; choose one as BERT',
    ],
    ['that decodes is refused', { is_decoder: true }, 'a model of type some writes text; choose one as BERT'],
    [
      'like T5 is refused',
      { is_encoder_decoder: true },
      'a model of type some writes text by an encoder and a decoder;',
    ],
    [
      'for images is refused',
      { vocab_size: undefined, architectures: ['ViTModel'] },
      'a model of type some reads no text;',
    ],
    [
      'for shorter texts is refused',
      { max_position_embeddings: 256 },
      'training.maxLength is 512, and its baseModel takes at most 256 tokens; lower it',
    ],
  ])('%s', (_, fields, reason) => {
    const why = whyUntrainable(config(fields), 512, 'training');
    if (reason === undefined) {
      expect(why).toBeUndefined();
    } else {
      expect(why).toContain(reason);
    }
  });
});
