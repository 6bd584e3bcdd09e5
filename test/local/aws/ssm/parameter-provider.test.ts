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
  ['a name of AWS’s own', parameter('/Awsome-dev/a', '1'), 'No access to reserved parameter name: Awsome-dev/a'],
  ['a name of SSM’s own', parameter('/SSM-x/a', '1'), 'can\'t be prefixed with "ssm"'],
])('is refused with %s', async (_, resource, message) => {
  values.set('/taken', '0');
  await expect(provider.create(resource)).rejects.toThrow(message);
});

it('is not changed to a name that is refused', async () => {
  const first = await provider.create(parameter('/a', '1'));
  await expect(provider.update(parameter('/aws/a', '1'), first)).rejects.toThrow('reserved parameter name');
  expect([...values]).toEqual([['/a', '1']]);
});
