// Classifies its argument with Hugging Face's own client (npm install @huggingface/inference), which sends the key as clients
// of OpenAI's API do: "Authorization: Bearer KEY". Needs "api": {"bearerKeys": true} in the configuration, and on AWS the
// address that the output BearerUrl has.
//
//   CLASSIFY_URL=http://localhost:8080/classify CLASSIFY_API_KEY=... node classify_bearer.mjs "The dogs barks."

import { textClassification } from '@huggingface/inference';

const { CLASSIFY_URL, CLASSIFY_API_KEY } = process.env;

const scores = await textClassification(
  { endpointUrl: CLASSIFY_URL, accessToken: CLASSIFY_API_KEY, inputs: process.argv[2] },
  // On 503 (no model in service yet) the client would ask again and again without a pause.
  { retry_on_error: false },
);
for (const { label, score } of scores) console.log(`${label} ${score.toFixed(3)}`);
