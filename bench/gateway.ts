/*
 * What the way from the gateway through the classify function and the SageMaker runtime to the model server adds to the
 * model server's own answer, in the local run: one request after the other over connections that are kept.
 */
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { readConfiguration } from '../lib/configuration/configuration';
import { namesOf } from '../lib/configuration/names';
import { LocalCloud } from '../local/run/cloud';
import { deployStack } from '../local/aws/cloudformation/deploy-stack';
import { parseTemplate } from '../local/aws/cloudformation/parse-template';
import { openGateway } from '../local/run/gateway';
import { packArchive } from '../local/aws/sagemaker/model-archive';
import { synthesize } from '../local/run/synthesize';
import { interleave, milliseconds, roundsOption } from './support/rounds';
import { printTable, show } from './support/table';

const ROOT = join(__dirname, '..');
const KEY = 'key';
const REQUESTS_PER_ROUND = 500;
const BODY = JSON.stringify({ inputs: ['The queen praised himself.'], parameters: {} });

const agent = new Agent({ keepAlive: true });

/** Asks once; throws unless the answer is 200. */
function ask(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(BODY), 'x-api-key': KEY };
    const request = httpRequest(url, { method: 'POST', agent, headers }, (response) => {
      text(response).then((answer) => {
        if (response.statusCode === 200) {
          resolve();
        } else {
          reject(new Error(`${url} answered ${response.statusCode ?? ''}: ${answer}`));
        }
      }, reject);
    });
    request.on('error', reject);
    request.end(BODY);
  });
}

/** The median time of an answer, in milliseconds. */
async function medianTime(url: string): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < REQUESTS_PER_ROUND; count += 1) {
    times.push(await milliseconds(() => ask(url)));
  }
  return times.sort((one, other) => one - other)[REQUESTS_PER_ROUND / 2] ?? NaN;
}

/** A local cloud with all stacks deployed and a model in service, as after `npm start`. */
async function openCloud(folder: string): Promise<LocalCloud> {
  const configurationFile = join(folder, 'configuration.json');
  // As many requests as there are: the usage plan is not what is measured.
  writeFileSync(configurationFile, JSON.stringify({ api: { rateLimit: 10_000, burstLimit: 5000 } }));
  const cloud = await LocalCloud.open({
    folder: join(folder, 'state'),
    root: ROOT,
    python: join(__dirname, 'support', 'model-server.mjs'),
    accelerators: 'granted',
    generatedApiKey: KEY,
  });
  const stacks = await synthesize(ROOT, configurationFile, join(folder, 'assemblies'));
  await cloud.publish(stacks);
  for (const stack of stacks) {
    await cloud.deploy(stack);
  }

  mkdirSync(join(folder, 'model', 'code'), { recursive: true });
  writeFileSync(join(folder, 'model', 'code', 'inference.py'), '');
  await packArchive(join(folder, 'model'), join(folder, 'model.tar.gz'));
  const bucket = cloud.output('ArtifactsBucketName') ?? '';
  await cloud.objects.put(bucket, 'models/none/model.tar.gz', createReadStream(join(folder, 'model.tar.gz')));
  const { servingStack } = namesOf(readConfiguration(configurationFile));
  await deployStack(
    cloud.stacks,
    servingStack,
    parseTemplate(cloud.stacks.require(servingStack).content.templateBody),
    {
      ModelDataUrl: `s3://${bucket}/models/none/model.tar.gz`,
    },
  );
  return cloud;
}

/** Where the one model server listens, as its log says. */
function modelServerUrl(folder: string): string {
  const { endpoint } = namesOf(readConfiguration(join(folder, 'configuration.json')));
  const log = readFileSync(join(folder, 'state', 'hosting', 'logs', `${endpoint}.log`), 'utf8');
  return `${/listening on (\S+)/.exec(log)?.[1] ?? ''}/invocations`;
}

async function main(): Promise<void> {
  const rounds = roundsOption(9);
  const folder = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
  const cloud = await openCloud(folder);
  const gateway = await openGateway(0);
  try {
    gateway.serve(cloud.restApi());
    const direct = modelServerUrl(folder);
    const whole = `${gateway.url}/classify`;
    let directly = NaN;
    const times = await interleave(rounds, {
      'model server': async () => (directly = await medianTime(direct)),
      gateway: () => medianTime(whole),
      added: async () => (await medianTime(whole)) - directly,
    });
    printTable(
      ['p50 of one sentence', 'time', 'at most'],
      [
        ['the model server asked directly', show(times['model server'], 'ms', 2), ''],
        ['through gateway, classify and runtime', show(times.gateway, 'ms', 2), ''],
        ['added', show(times.added, 'ms', 2), '3 ms'],
      ],
    );
  } finally {
    agent.destroy();
    await gateway.close();
    await cloud.close();
    rmSync(folder, { recursive: true });
  }
}

void main();
