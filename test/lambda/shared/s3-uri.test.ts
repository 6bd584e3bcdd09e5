import { parseS3Uri } from '../../../lambda/shared/s3-uri';

test('takes a location apart', () => {
  expect(parseS3Uri('s3://bucket/a/b c.csv')).toEqual({ bucket: 'bucket', key: 'a/b c.csv' });
});

test.each(['https://bucket/key', 's3://bucket', 's3://bucket/', 's3:///key', ''])('refuses "%s"', (uri) => {
  expect(() => parseS3Uri(uri)).toThrow('is not of the form s3://bucket/key');
});
