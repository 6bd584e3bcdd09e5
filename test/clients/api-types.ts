/*
 * The types of the API for clients in TypeScript, made of its description: `npm run client` writes them to
 * examples/clients/api.d.ts.
 */
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { openApi } from '../../lambda/pages/openapi';

async function main(): Promise<void> {
  const types = await openapiTS(openApi('classifier', false) as unknown as OpenAPI3, {
    // What has a default may be left out.
    defaultNonNullable: false,
  });
  process.stdout.write(
    // oxlint-disable-next-line typescript/no-unsafe-call -- the linter reads another module of the package, without these types
    `/** Written by \`npm run client\` from the description of the API. */\n\n${astToString(types)}`,
  );
}

void main();
