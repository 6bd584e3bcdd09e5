import { InvalidArtifact } from '../../../lambda/shared/step-errors';
import type { PlannedServing } from '../../../lambda/shared/plan';
import { fitToProfile } from '../../../lambda/quality-gate/fit';
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
});
const instance = (profile: 'cpu' | 'gpu'): ServingSettings => ({
  profile,
  untraceableModel: null,
  memorySizeInMb: null,
});
const serverless = (memorySizeInMb: number): ServingSettings => ({
  profile: 'serverless',
  untraceableModel: null,
  memorySizeInMb,
});

function fit(
  artifact: Pick<Artifact, 'format' | 'modelType' | 'pairs' | 'inWindows' | 'weightsBytes'>,
  settings: ServingSettings,
  planned: Partial<PlannedServing> = {},
): ReturnType<typeof fitToProfile> {
  return fitToProfile(
    {
      ...{
        sha256: 'abc',
        metrics: null,
        fp32: null,
        evaluation: null,
        hasOnnx: true,
        servingFormat: null,
        warnings: [],
      },
      ...artifact,
    },
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
