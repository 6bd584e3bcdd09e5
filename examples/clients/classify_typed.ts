// Classifies its arguments with a client whose types are made of the API's own description (npm install openapi-fetch):
// the editor knows its paths and fields, and the compiler refuses wrong ones.
//
//   CLASSIFY_URL=http://localhost:8080/classify CLASSIFY_API_KEY=... npx tsx classify_typed.ts "The dogs barks."

import createClient from 'openapi-fetch';
import type { paths } from './api';

const { CLASSIFY_URL = '', CLASSIFY_API_KEY = '' } = process.env;
const client = createClient<paths>({
  baseUrl: CLASSIFY_URL.replace(/\/classify$/, ''),
  headers: { 'x-api-key': CLASSIFY_API_KEY },
});

async function main(): Promise<void> {
  const inputs = process.argv.slice(2);
  const { data, error, response } = await client.POST('/classify', { body: { inputs } });
  if (error !== undefined) {
    throw new Error(`${response.status} ${error.error_type}: ${error.error}`);
  }
  for (const [index, scores] of data.entries()) {
    console.log(
      `${inputs[index] ?? ''}: ${scores.map(({ label, score }) => `${label} ${score.toFixed(3)}`).join(', ')}`,
    );
  }
  const { data: model } = await client.GET('/model');
  console.log(`by model ${model?.version ?? 'unknown'}, with the labels ${model?.labels.join(', ') ?? 'unknown'}`);
}

void main();
