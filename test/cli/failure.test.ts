import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { sentenceOf } from '../../cli/failure';
import { credentials, region } from '../../local/aws/account';

test('a local run that was killed is told as what it is, and not as AWS', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));

  const client = new CloudFormationClient({
    endpoint: `http://127.0.0.1:${port}`,
    region,
    credentials,
    maxAttempts: 1,
  });
  const error: unknown = await client.send(new DescribeStacksCommand()).catch((thrown: unknown) => thrown);
  expect(sentenceOf(error)).toBe(
    'The local run has ended: start it again with "npx classifier start", and then this command.',
  );
});
