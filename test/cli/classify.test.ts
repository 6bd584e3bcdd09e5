import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { APIGatewayClient, GetApiKeyCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { mockClient } from 'aws-sdk-client-mock';
import { User } from './terminal';

type Input = string | { readonly text: string; readonly text_pair: string };

/** What the API was asked, a request each. */
let asked: { inputs: Input[]; headers: Record<string, unknown> }[];
/** Statuses that come before the answers. */
let refusals: [number, object][];
let severalLabels: boolean;

const api = createServer((request, response) => {
  void (async () => {
    const refusal = request.headers['x-api-key'] === 'wrong' ? [403, { error: 'no valid API key' }] : refusals.shift();
    const body = request.method === 'POST' ? ((await json(request)) as { inputs: Input[] }) : undefined;
    response.statusCode = Number(refusal?.[0] ?? 200);
    response.setHeader('retry-after', '0.001');
    if (body !== undefined && refusal === undefined) {
      asked.push({ ...body, headers: request.headers });
    }
    response.end(JSON.stringify(refusal?.[1] ?? (body === undefined ? MODEL() : body.inputs.map(answerTo))));
  })();
});

const MODEL = () => ({
  version: 'v',
  labels: ['even', 'odd'],
  text_pair: false,
  several_labels: severalLabels,
  metrics: {},
  trained_at: null,
  deployed_at: null,
});

/** By the length of the first text. */
function answerTo(input: Input): object[] {
  const { length } = typeof input === 'string' ? input : input.text;
  const [label, other] = length % 2 === 0 ? ['even', 'odd'] : ['odd', 'even'];
  const answer = [
    { label, score: 0.9 },
    { label: other, score: 0.1 },
  ];
  return severalLabels ? answer.slice(0, length % 3) : answer;
}

const user = new User();
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/v1/classify`;
});
afterAll(() => {
  api.close();
});
beforeEach(() => {
  asked = [];
  refusals = [];
  severalLabels = false;
  user.hasLocalRun({ awsUrl: 'http://127.0.0.1:1', classifyUrl: url, apiKey: 'the-key' });
});

it('classifies the texts on the command line with the key of the local run', async () => {
  expect(await user.types(['classify', 'ab', 'abc'])).toEqual({
    code: 0,
    stdout: '0.900 even  ab\n0.900 odd  abc\n',
    stderr: '',
  });
  expect(asked).toMatchObject([{ inputs: ['ab', 'abc'], headers: { 'x-api-key': 'the-key' } }]);
});

it('answers JSON with all labels', async () => {
  const { stdout } = await user.types(['classify', '--json', 'ab']);
  expect(JSON.parse(stdout)).toEqual([
    {
      text: 'ab',
      answer: [
        { label: 'even', score: 0.9 },
        { label: 'odd', score: 0.1 },
      ],
    },
  ]);
});

it('classifies each line of standard input, in requests of 64 and in their order', async () => {
  const lines = Array.from({ length: 130 }, (_, place) => 'x'.repeat(1 + (place % 5)));
  const { stdout } = await user.types(['classify'], lines.join('\r\n'));
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('  ')[1]),
  ).toEqual(lines);
  expect(asked.map(({ inputs }) => inputs.length)).toEqual([64, 64, 2]);
});

it('sends long texts in requests that the API takes', async () => {
  await user.types(['classify'], ['x'.repeat(100_000), 'y'.repeat(100_000), 'z'].join('\n'));
  expect(asked.map(({ inputs }) => inputs.length)).toEqual([1, 2]);
});

it('gives the rows of a CSV file back with label and score', async () => {
  const csv = 'id;Review;label\r\n1;"a ""b"", c";old\r\n2;"two\nlines";old\r\n';
  const { stdout, code } = await user.types(['classify', '--csv'], csv);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'id,Review,label,predicted_label,score\n1,"a ""b"", c",old,even,0.9\n2,"two\nlines",old,odd,0.9\n',
  });
});

it('takes pairs of texts, and several labels', async () => {
  severalLabels = true;
  const { stdout } = await user.types(
    ['classify', '--csv', '--text-column', 'a', '--pair-column', '2'],
    'a,b\nxx,y\nxxx,z\n',
  );
  expect(stdout).toBe('a,b,labels,scores\nxx,y,"[""even"",""odd""]","[0.9,0.1]"\nxxx,z,[],[]\n');
  expect(asked[0]?.inputs).toEqual([
    { text: 'xx', text_pair: 'y' },
    { text: 'xxx', text_pair: 'z' },
  ]);
  expect((await user.types(['classify', 'xxx'])).stdout).toBe('(no label)  xxx\n');
});

it.each([
  [['classify'], 'one\n\nthree\n', 'standard input, line 2: the text is empty; leave it out or mend it.\n'],
  [['classify', '--csv'], 'text\none\n" "\n', 'standard input, line 3: the text is empty; leave it out or mend it.\n'],
  [['classify', '--csv'], 'a,b\none,two\n', expect.stringContaining('no column is called as a text usually is')],
  [
    ['classify', '--csv'],
    'text,b\none,two\nthree\n',
    expect.stringContaining('standard input, line 3: the row has 1 field'),
  ],
])('says of %j where a text is missing', async (args, input, problem) => {
  expect(await user.types(args, input)).toMatchObject({ code: 1, stderr: problem as string });
});

it('waits where the API has no time, and says what else it answers', async () => {
  refusals = [
    [200, MODEL()],
    [429, { error: 'slow down' }],
    [429, { error: 'slow down' }],
  ];
  expect(await user.types(['classify', 'ab'])).toMatchObject({ code: 0 });
  refusals = [[503, { error: 'no model is in service yet: try again later' }]];
  expect(await user.types(['classify', 'ab'])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'The classifier answered 503: no model is in service yet: try again later.\n',
  });
});

describe('with --aws', () => {
  const cloudFormation = mockClient(CloudFormationClient);
  const apiGateway = mockClient(APIGatewayClient);
  const environment = { ...process.env };
  beforeEach(() => {
    cloudFormation.reset();
    apiGateway.reset();
    Object.assign(process.env, { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' });
  });
  afterAll(() => {
    process.env = environment;
    cloudFormation.restore();
    apiGateway.restore();
  });
  const hasStack = (outputs: Record<string, string>) =>
    cloudFormation.on(DescribeStacksCommand, { StackName: 'classifier-dev-api' }).resolves({
      Stacks: [
        {
          StackName: 'classifier-dev-api',
          CreationTime: new Date(),
          StackStatus: 'CREATE_COMPLETE',
          Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
        },
      ],
    });

  it('finds URL and key by the outputs of the stack', async () => {
    hasStack({ ClassifyUrl: url, ApiKeyId: 'id' });
    apiGateway.on(GetApiKeyCommand, { apiKey: 'id', includeValue: true }).resolves({ id: 'id', value: 'deployed-key' });
    expect(await user.types(['classify', '--aws', 'ab'])).toMatchObject({ code: 0, stdout: '0.900 even  ab\n' });
    expect(asked[0]?.headers).toMatchObject({ 'x-api-key': 'deployed-key' });
  });

  it('signs where the API has no key', async () => {
    hasStack({ ClassifyUrl: url });
    expect(await user.types(['classify', '--aws', 'ab'])).toMatchObject({ code: 0 });
    expect(asked[0]?.headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=\S*host/,
    );
  });

  it('says that nothing is deployed, or may be seen', async () => {
    const failure = (name: string, message: string) =>
      Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
    cloudFormation.rejects(failure('ValidationError', 'Stack with id classifier-dev-api does not exist'));
    expect(await user.types(['classify', '--aws', 'ab'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no stack classifier-dev-api in eu-west-1: deploy it with') as string,
    });
    cloudFormation.rejects(
      failure('AccessDenied', 'User: u is not authorized to perform: cloudformation:DescribeStacks'),
    );
    expect(await user.types(['classify', '--aws', 'ab'])).toMatchObject({
      code: 1,
      stderr: 'AWS answered: User: u is not authorized to perform: cloudformation:DescribeStacks\n',
    });
  });
});
