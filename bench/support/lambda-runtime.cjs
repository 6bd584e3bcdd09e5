/*
 * What Lambda does to start a function, and no more: loads the handler, then asks for the first event. Node.js and the
 * module that speaks HTTP are Lambda's own share of it.
 */
const { get } = require('node:http');
const process = require('node:process');

const { handler } = require(process.argv[2]);
if (typeof handler !== 'function') {
  throw new Error(`${process.argv[2]} exports no handler`);
}
get(`http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/next`);
