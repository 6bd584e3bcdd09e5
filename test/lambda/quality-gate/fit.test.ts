import { InvalidArtifact } from '../../../lambda/shared/step-errors';
import type { PlannedServing } from '../../../lambda/shared/plan';
import { fitToProfile, whySlow } from '../../../lambda/quality-gate/fit';
import type { Artifact } from '../../../lambda/shared/artifact/artifact';
import type { ServingSettings } from '../../../lambda/shared/serving-settings';

const URI = 's3://artifacts-bucket/models/abc/model.tar.gz';
const MIB = 2 ** 20;
const EIA = 'ml.eia2.xlarge';

const WEIGHTS = {
  format: 'safetensors',
  modelType: 'bert',
  pairs: false,
  inWindows: false,
  weightsBytes: 438 * MIB,
} as const;
const TRACED = { ...WEIGHTS, format: 'torchscript' } as const;
const DISTILBERT = { ...WEIGHTS, modelType: 'distilbert' };
const UNTRACEABLE = 'a model of type distilbert cannot be traced for Elastic Inference, only bert';

const accelerated = (untraceableModel: 'cpu' | 'refuse' = 'cpu'): ServingSettings => ({
  profile: 'elastic-inference',
  untraceableModel,
  memorySizeInMb: null,
  python: 'cp312',
});
const instance = (profile: 'cpu' | 'gpu'): ServingSettings => ({
  profile,
  untraceableModel: null,
  memorySizeInMb: null,
  python: 'cp312',
});
const serverless = (memorySizeInMb: number): ServingSettings => ({
  profile: 'serverless',
  untraceableModel: null,
  memorySizeInMb,
  python: 'cp312',
});

/** What of an artifact is not in question. */
const REST = {
  ...{ sha256: 'abc', metrics: null, fp32: null, evaluation: null },
  ...{ hasOnnx: true, runtimes: ['cp312-linux_x86_64'], servingFormat: null, warnings: [] },
} as const;

function fit(
  artifact: Pick<Artifact, 'format' | 'modelType' | 'pairs' | 'inWindows' | 'weightsBytes'>,
  settings: ServingSettings,
  planned: Partial<PlannedServing> = {},
): ReturnType<typeof fitToProfile> {
  return fitToProfile(
    { ...REST, ...artifact },
    { profile: settings.profile, accelerator: 'none', reason: null, ...planned },
    settings,
    URI,
  );
}

test.each([
  ['weights', WEIGHTS, accelerated(), { accelerator: EIA }, { accelerator: EIA, reason: null }],
  ['a traced model', TRACED, accelerated(), { accelerator: EIA }, { accelerator: EIA, reason: null }],
  ['weights, none wanted', WEIGHTS, accelerated(), {}, { accelerator: 'none', reason: null }],
  ['a traced model, none wanted', TRACED, accelerated(), {}, { accelerator: 'none', reason: null }],
  [
    'weights, given up by the plan',
    DISTILBERT,
    accelerated(),
    { reason: 'why' },
    { accelerator: 'none', reason: 'why' },
  ],
  [
    'another architecture',
    DISTILBERT,
    accelerated(),
    { accelerator: EIA },
    { accelerator: 'none', reason: UNTRACEABLE },
  ],
  [
    'pairs',
    { ...WEIGHTS, pairs: true },
    accelerated(),
    { accelerator: EIA },
    { accelerator: 'none', reason: 'a model of pairs of texts cannot be traced for Elastic Inference' },
  ],
  [
    'windows',
    { ...WEIGHTS, inWindows: true },
    accelerated(),
    { accelerator: EIA },
    {
      accelerator: 'none',
      reason: 'a model that reads long texts in windows cannot be traced for Elastic Inference',
    },
  ],
  ['another architecture, none wanted', DISTILBERT, accelerated('refuse'), {}, { accelerator: 'none', reason: null }],
  ['weights on a CPU', WEIGHTS, instance('cpu'), {}, { accelerator: 'none', reason: null }],
  ['another architecture on a CPU', DISTILBERT, instance('cpu'), {}, { accelerator: 'none', reason: null }],
  ['a traced model on a CPU', TRACED, instance('cpu'), {}, { accelerator: 'none', reason: null }],
  ['weights on a GPU', WEIGHTS, instance('gpu'), {}, { accelerator: 'none', reason: null }],
  ['a traced model, serverless', TRACED, serverless(4096), {}, { accelerator: 'none', reason: null }],
  [
    'just enough memory',
    { ...WEIGHTS, weightsBytes: 1024 * MIB },
    serverless(2048),
    {},
    { accelerator: 'none', reason: null },
  ],
] as const)('%s: served', (_, artifact, settings, planned, expected) => {
  expect(fit(artifact, settings, planned)).toEqual(expected);
});

test.each([
  [
    'a traced model on a GPU',
    TRACED,
    instance('gpu'),
    {},
    `${URI} was traced for an accelerator beside a CPU and cannot be served by the profile gpu; deploy the artifact that it ` +
      'was traced from',
  ],
  [
    'a byte too much for the memory',
    { ...WEIGHTS, weightsBytes: 1024 * MIB + 1 },
    serverless(2048),
    {},
    `${URI} needs about 2049 MB of memory and serving.memorySizeInMb is 2048; raise it (to at most 6144), or choose the ` +
      'serving.profile cpu',
  ],
  [
    'another architecture where those are to be refused',
    DISTILBERT,
    accelerated('refuse'),
    { accelerator: EIA },
    `${URI} is not accepted: ${UNTRACEABLE}; deploy another, or set serving.accelerator to "none"`,
  ],
] as const)('%s: refused', (_, artifact, settings, planned, message) => {
  expect(() => fit(artifact, settings, planned)).toThrow(InvalidArtifact);
  expect(() => fit(artifact, settings, planned)).toThrow(message);
});

describe('that PyTorch will serve on a CPU', () => {
  const ELSEWHERE = ['cp311-linux_x86_64', 'cp312-macosx_11_0_arm64', 'cp31-linux_x86_64'];
  const slowness = (
    artifact: Partial<Artifact>,
    serving: Partial<PlannedServing> = {},
    python: string | null = 'cp312',
  ) => whySlow({ ...REST, ...WEIGHTS, ...artifact }, { profile: 'cpu', accelerator: 'none', ...serving }, python);

  test.each([
    [
      'is for others',
      ELSEWHERE,
      'the artifact brings onnxruntime for cp311-linux_x86_64, cp312-macosx_11_0_arm64, cp31-linux_x86_64 alone and the ' +
        'serving image has cp312 on Linux, so that PyTorch serves, several times slower; train on AWS, with a ' +
        'training.imageTag of the same Python as serving.imageTag',
    ],
    ['is not there', [], /^the artifact brings no onnxruntime and the serving image has cp312 on Linux, so that/],
  ])('is told where its onnxruntime %s', (_, runtimes, sentence) => {
    for (const profile of ['cpu', 'serverless', 'elastic-inference'] as const) {
      expect(slowness({ runtimes }, { profile })).toMatch(sentence);
    }
  });

  test.each<[string, Partial<Artifact>]>([
    ['has no model.onnx', { hasOnnx: false }],
    ['has no onnxruntime for the image', { runtimes: ELSEWHERE }],
  ])('is told of an artifact that %s as what is so without the accelerator that is tried', (_, artifact) => {
    const serving = { profile: 'elastic-inference', accelerator: EIA } as const;
    expect(slowness(artifact, serving)).toContain(
      'so that without the accelerator PyTorch serves, several times slower;',
    );
    expect(slowness(artifact)).toContain('so that PyTorch serves, several times slower;');
  });

  test.each<[string, Partial<Artifact>]>([
    ['one of its onnxruntimes is for the image', { runtimes: [...ELSEWHERE, 'cp312-linux_x86_64'] }],
    ['it was traced', { ...TRACED, hasOnnx: false, runtimes: [] }],
    ['its training has said that it could not export', { servingFormat: 'torch fp32', hasOnnx: false, runtimes: [] }],
  ])('is not told where %s', (_, artifact) => {
    expect(slowness(artifact)).toBeUndefined();
  });

  test('is not told of a GPU, and of an onnxruntime only where the Python of the image is known', () => {
    expect(slowness({ runtimes: ELSEWHERE }, { profile: 'gpu' })).toBeUndefined();
    expect(slowness({ runtimes: ELSEWHERE }, {}, null)).toBeUndefined();
    expect(slowness({ hasOnnx: false }, {}, null)).toMatch(/^the artifact has no model\.onnx/);
  });
});
