import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openApi } from '../../../lambda/pages/openapi';
import { reference } from '../../../lambda/pages/reference';

const ROOT = join(__dirname, '..', '..', '..');
const document = openApi('classifier-dev', true);

it('is without a finding of Redocly, by its strict rules', async () => {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'openapi.json', config });
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
});

it('names bearer keys only where they are taken', () => {
  expect(document.security).toEqual([{ ApiKey: [] }, { BearerKey: [] }]);
  const { security, components } = openApi('classifier-dev', false);
  expect(security).toEqual([{ ApiKey: [] }]);
  expect(Object.keys(components.securitySchemes)).toEqual(['ApiKey']);
});

it('says of a request what its schema checks', () => {
  expect(document.components.schemas).toMatchObject({
    Text: { type: 'string', pattern: '\\S' },
    Texts: { type: 'array', minItems: 1 },
    ClassifyRequest: {
      required: ['inputs'],
      additionalProperties: false,
      properties: {
        inputs: { anyOf: ['Text', 'Pair', 'Texts', 'Pairs'].map((name) => ({ $ref: `#/components/schemas/${name}` })) },
        parameters: {
          additionalProperties: false,
          properties: {
            top_k: { type: 'integer', minimum: 1 },
            function_to_apply: { enum: ['softmax', 'sigmoid', 'none'] },
            overflow: { enum: ['truncate', 'error', 'window'] },
            min_score: { type: 'number', minimum: 0, maximum: 1 },
          },
        },
      },
    },
  });
});

it('has every path, field, header and status on the page for people', () => {
  const page = reference(document, '');
  const classify = document.paths['/classify'].post;
  for (const words of [
    ...Object.keys(document.paths),
    ...['parameters.min_score', 'several_labels', 'X-Truncated-Inputs', 'list of list of object of label, score'],
    ...Object.keys(classify.responses).map((status) => `<code>${status}</code>`),
  ]) {
    expect(page).toContain(words);
  }
  expect(page).not.toMatch(/undefined|\[object|<script/);
});

it('is what the types of the client in TypeScript are made of: see npm run client', () => {
  const types = execFileSync(process.execPath, ['--import', 'tsx', join('test', 'clients', 'api-types.ts')], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(readFileSync(join(ROOT, 'examples', 'clients', 'api.d.ts'), 'utf8')).toBe(types);
});
