import { outcomeLines, withPathOfReport } from '../../../local/run/outcome';

const onCpu = { accelerator: 'none', reason: null };

it('tells every warning of training', () => {
  expect(outcomeLines({ serving: onCpu, metrics: null, warnings: ['one', 'two'] })).toEqual([
    'Warning: one',
    'Warning: two',
  ]);
});

it('tells how the model is served, and last its metrics, those in fp32, and those of the model before', () => {
  const metrics = {
    ...{ rows: 200, accuracy: 0.9, majority_class_accuracy: 0.5 },
    ...{ matthews_correlation: 0.8, micro_f1: 0.9, macro_f1: 0.89 },
  };
  const formerModel = { metrics: { ...metrics, rows: 150, accuracy: 0.85 } };
  const served = { serving: { accelerator: 'none', reason: 'refused' }, metrics, warnings: ['one'], formerModel };
  const fp32 = { ...metrics, loss: 0.3, accuracy: 0.91, matthews_correlation: 0.82, calibration_error: 0.02 };
  expect(outcomeLines({ ...served, fp32 })).toEqual([
    'Served by the CPU: refused',
    'Warning: one',
    'On the whole test split (200 rows): accuracy 0.900 (always the most frequent answer: 0.500), Matthews correlation 0.800, micro F1 0.900, macro F1 0.890.',
    'In fp32, as a GPU or an accelerator serves it: accuracy 0.910, Matthews correlation 0.820, micro F1 0.900, macro F1 0.890.',
    'The model before, on its test split (150 rows): accuracy 0.850 (always the most frequent answer: 0.500), Matthews correlation 0.800, micro F1 0.900, macro F1 0.890.',
  ]);
  expect(outcomeLines({ serving: { accelerator: 'ml.eia2.xlarge', reason: null } })).toEqual([
    "Served as traced for ml.eia2.xlarge, by this machine's CPU.",
  ]);
});

it('names the report of the training, as the file that it is here', () => {
  const report = 's3://artifacts/models/abc/report.html';
  const [line = ''] = outcomeLines({ serving: onCpu, report });
  const objects = { path: (bucket: string, key: string) => `/state/${bucket}/${key}` };
  expect(withPathOfReport(line, objects)).toBe('The report of its training: /state/artifacts/models/abc/report.html');
  const refused = `it is in the report ${report}. What was in service still is.`;
  expect(withPathOfReport(refused, objects)).toContain('report /state/artifacts/models/abc/report.html. What');
  expect(withPathOfReport('s3://data/sentences.csv', objects)).toBe('s3://data/sentences.csv');
});

it('tells that nothing serves', () => {
  expect(outcomeLines({})).toEqual(['The endpoint is down; nothing of it costs anything.']);
});
