// Classifies its argument with Hugging Face's own client (npm install @huggingface/inference).
//
//   CLASSIFY_URL=http://localhost:8080/classify CLASSIFY_API_KEY=... node classify_huggingface.mjs "The dogs barks."

import { textClassification } from '@huggingface/inference';

const { CLASSIFY_URL, CLASSIFY_API_KEY } = process.env;

// The client has no option for headers, but takes a fetch of one's own.
const fetchWithKey = (url, init) =>
  fetch(url, { ...init, headers: { ...init.headers, 'x-api-key': CLASSIFY_API_KEY } });

const scores = await textClassification(
  { endpointUrl: CLASSIFY_URL, inputs: process.argv[2] },
  // On 503 (no model in service yet) the client would ask again and again without a pause.
  { fetch: fetchWithKey, retry_on_error: false },
);
for (const { label, score } of scores) console.log(`${label} ${score.toFixed(3)}`);
