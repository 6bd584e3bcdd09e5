// Classifies its arguments on the SageMaker endpoint itself, with AWS's SDK for JavaScript
// (npm install @aws-sdk/client-sagemaker-runtime) and AWS credentials instead of an API key.
//
//   ENDPOINT_NAME=classifier-dev-instance node endpoint.mjs "The dogs bark." "The dogs barks."
//
// Against a local run, with what `npm start` prints:
//
//   AWS_ENDPOINT_URL=http://127.0.0.1:... AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local

import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';

const texts = process.argv.slice(2);
const { Body } = await new SageMakerRuntimeClient().send(
  new InvokeEndpointCommand({
    EndpointName: process.env.ENDPOINT_NAME,
    ContentType: 'application/json',
    Body: JSON.stringify({ inputs: texts }),
  }),
);

// One list per text, its highest score first.
JSON.parse(Body.transformToString()).forEach((scores, index) =>
  console.log(texts[index], scores.map(({ label, score }) => `${label} ${score.toFixed(3)}`).join(', ')),
);
