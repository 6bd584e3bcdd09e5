#!/usr/bin/env node
/*
 * A model server whose model takes no time: every text is acceptable. It stands in for the Python interpreter that runs
 * training-code/model_server/serve.py, so that what is measured is the way to it and back.
 */
import { buffer } from 'node:stream/consumers';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  const body = await buffer(request);
  response.setHeader('content-type', 'application/json');
  if (request.url === '/ping') {
    response.end();
    return;
  }
  const { inputs } = JSON.parse(body);
  const scores = [
    { label: 'acceptable', score: 0.75 },
    { label: 'unacceptable', score: 0.25 },
  ];
  response.end(JSON.stringify(inputs.map(() => scores)));
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
