import type { Template } from 'aws-cdk-lib/assertions';
import { synthesized } from '../synthesized';

/** AWS's quota, less what names are longer than the references that a template has in their places. */
const MOST_BYTES = 4096 - 512;

const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const { assembly, template } = synthesized({
  dataset: {
    source: `https://data.example/table.csv?signature=${'a'.repeat(1500)}`,
    testSource: `https://data.example/test.csv?signature=${'a'.repeat(1500)}`,
    readableBuckets: many(40, (n) => `bucket-of-some-team-${n}`),
  },
  training: {
    candidates: many(12, (n) => ({ baseModel: `s3://bucket-of-some-team-1/${'folder/'.repeat(20)}${n}/` })),
    instancePrices: Object.fromEntries(many(200, (n) => [`ml.g${n}.48xlarge`, 12.345])),
  },
  api: { pages: true, allowedOrigins: many(100, (n) => `https://n${n}.customers.example`) },
  notifications: { emails: many(100, (n) => `team-${n}@example.com`) },
});

function environmentsIn(stack: Template): [string, number][] {
  return Object.entries(stack.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) => {
    const { Environment } = Properties as { Environment?: { Variables: object } };
    return [id, Buffer.byteLength(JSON.stringify(Environment?.Variables ?? {}))];
  });
}

it('of no function is more than Lambda has room for, however much is configured', () => {
  const environments = assembly.stacks.flatMap(({ stackName }) => environmentsIn(template(stackName)));
  expect(environments.length).toBeGreaterThan(15);
  expect(environments.filter(([, bytes]) => bytes > MOST_BYTES)).toEqual([]);
});
