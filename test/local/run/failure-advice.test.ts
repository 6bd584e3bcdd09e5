import { ADVICE, adviseOn } from '../../../lambda/shared/failure-advice';
import { withAdviceForThisMachine } from '../../../local/run/failure-advice';

/** What does not happen here, for only AWS can. */
const ONLY_ON_AWS = ['quota', 'noCapacity', 'permission', 'throttling', 'faultOfAws', 'trainingParameters'];

it.each(Object.entries(ADVICE).filter(([name]) => !ONLY_ON_AWS.includes(name)))(
  'the advice "%s" is for this machine',
  (_, { advice }) => {
    const told = withAdviceForThisMachine(`Train failed: it went wrong. ${advice}`);
    expect(told).toMatch(/^Train failed: it went wrong\. ./);
    expect(told).not.toMatch(/CloudWatch|console|\brole\b|the application again|instanceType/);
  },
);

it('names the log and the option that are there', () => {
  const advised = (error: string, why: string) => withAdviceForThisMachine(`${why}. ${adviseOn(error, why)}`);
  expect(advised('TrainingFailed', 'it broke')).toBe("it broke. The job's log is in .local/training/.");
  expect(advised('DatasetUnavailable', 'no such file')).toContain('--data');
});

it('leaves out the console of AWS', () => {
  const { advice } = ADVICE.training;
  expect(withAdviceForThisMachine(`Train failed: it broke. Its log: https://console.example/x#y$3D1 ${advice}`)).toBe(
    "Train failed: it broke. The job's log is in .local/training/.",
  );
});

it('leaves a cause without advice as it is', () => {
  expect(withAdviceForThisMachine('stopped')).toBe('stopped');
});
