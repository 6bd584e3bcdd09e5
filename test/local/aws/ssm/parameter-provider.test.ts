import { ParameterProvider } from '../../../../local/aws/ssm/parameter-provider';

const values = new Map<string, string>();
const provider = new ParameterProvider(values);
const parameter = (Name: string, Value: string, others = {}) => ({
  stackName: 'stack',
  stackId: 'arn:stack',
  logicalId: 'Parameter',
  type: 'AWS::SSM::Parameter',
  properties: { Name, Type: 'String', Value, ...others },
});

beforeEach(() => {
  values.clear();
});

it('has its value changed in place, and another name as a replacement', async () => {
  const first = await provider.create(parameter('/a', '1'));
  expect(await provider.update(parameter('/a', '2'), first)).toMatchObject({ physicalId: '/a' });
  const other = await provider.update(parameter('/b', '2'), first);
  expect(other.physicalId).toBe('/b');
  await provider.delete(parameter('/a', '2'), first);
  expect([...values]).toEqual([['/b', '2']]);
});

it('comes back with the next start', async () => {
  await provider.resume(parameter('/a', '1'));
  expect([...values]).toEqual([['/a', '1']]);
});

it.each([
  ['a name that is taken', parameter('/taken', '1'), '/taken already exists'],
  ['a secret', parameter('/a', '1', { Type: 'SecureString' }), 'cannot take its Type'],
  ['no value', parameter('/a', ''), 'cannot take its Value'],
  ['a name that is no path', parameter('a b', '1'), 'cannot take its Name'],
])('is refused with %s', async (_, resource, message) => {
  values.set('/taken', '0');
  await expect(provider.create(resource)).rejects.toThrow(message);
});
