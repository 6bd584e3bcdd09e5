import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOf } from '../../../cli/batch/options';
import { User } from '../terminal';

const user = new User();
writeFileSync(join(user.folder, 'mails.csv'), 'text\n');
const HERE = ['--input', 'mails.csv', '--output', 'results'];

test.each([
  [['batch', '--output', 'results'], "error: required option '--input <place>' not specified"],
  [['batch', '--input', 'other.csv', '--output', 'results'], '--input: there is no file or folder other.csv.'],
  [['batch', ...HERE, '--model', 'model.tar.gz'], '--model: there is no file or folder model.tar.gz.'],
  [['batch', ...HERE, '--uncertain', '0'], 'It must be a whole number from 1 on.'],
  [['batch', ...HERE, '--max-errors', 'few'], 'It must be a number.'],
  [['batch', '--aws', ...HERE], '--input: with --aws it must be in S3 (s3://…), and mails.csv is on this machine'],
])('refuses %j', async (args, problem) => {
  const { code, stderr } = await user.types(args);
  expect(code).toBe(2);
  expect(stderr).toContain(problem);
});

test('options are fields of the execution’s input, and what compares scores asks for all', () => {
  const place = { input: 'a', output: 'b' };
  const fields = (options: object) => JSON.parse(JSON.stringify(fieldsOf({ ...place, ...options }))) as object;
  expect(fields({})).toEqual({});
  expect(fields({ pairColumn: '2', maxErrors: 0, scores: 'best' })).toEqual({
    ...{ pairColumn: '2', maxErrors: 0, scores: 'best' },
  });
  expect(fields({ uncertain: 3 })).toEqual({ scores: 'all' });
  expect(fields({ compare: 's3://a/model.tar.gz', scores: 'best' })).toEqual({ scores: 'all' });
});
