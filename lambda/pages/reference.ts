import type { OpenApi } from './openapi';

/** What is read of a JSON Schema. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Reference {
  readonly $ref: string;
}

interface Content {
  readonly content?: Readonly<
    Record<
      string,
      { readonly schema: Schema; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }
    >
  >;
}

interface Response extends Content {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string } | Reference>>;
}

interface Operation {
  readonly summary: string;
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Response | Reference>>;
}

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`).replace(/`([^`]+)`/g, '<code>$1</code>');
const code = (text: string) => `<code>${escaped(text)}</code>`;

/**
 * The description of the API as a page, without a script, for people.
 *
 * @param style of the page, as CSS
 */
export function reference(document: OpenApi, style: string): string {
  const { info, paths } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header><h1>${escaped(info.title)}</h1><nav aria-label="Pages"><a href="./">Try it</a> <a href="openapi.json">openapi.json</a></nav></header>
<main>
<p>${escaped(info.description)}</p>
<p>Each request has an API key in the header ${code(document.components.securitySchemes.ApiKey.name)}${bearerKeys(document)}.</p>
${operations.map(([title, operation]) => section(title, operation, document)).join('\n')}
</main>
</body>
</html>
`;
}

function bearerKeys({ components: { securitySchemes } }: OpenApi): string {
  return securitySchemes.BearerKey === undefined
    ? ''
    : ` or, at the address of the stack's output ${code('BearerUrl')}, as a bearer token`;
}

function section(title: string, { summary, requestBody, responses }: Operation, document: OpenApi): string {
  const parts = [`<h2>${code(title)}</h2>`, `<p>${escaped(summary)}.</p>`];
  const request = requestBody?.content?.['application/json'];
  if (request !== undefined) {
    parts.push('<h3>Request</h3>', fields(`Fields of the request of ${title}`, request.schema, document));
    parts.push(
      ...Object.values(request.examples ?? {}).map(
        ({ value }) => `<pre tabindex="0">${escaped(JSON.stringify(value))}</pre>`,
      ),
    );
  }
  const resolved = Object.entries(responses).map(
    ([status, response]) => [status, resolve(response, document)] as const,
  );
  const answered = resolved.find(([status]) => status === '200')?.[1];
  const answer = answered?.content?.['application/json']?.schema;
  if (answer !== undefined) {
    parts.push('<h3>Answer</h3>', fields(`Fields of the answer of ${title}`, answer, document));
  }
  const headers = Object.entries(answered?.headers ?? {}).map(([name, header]) => [
    code(name),
    escaped(resolve(header, document).description),
  ]);
  parts.push(table(`Headers of the answer of ${title}`, ['Header', 'What it tells'], headers));
  const statuses = resolved.map(([status, { description }]) => [code(status), escaped(description)]);
  parts.push(table(`Statuses of ${title}`, ['Status', 'When'], statuses));
  return `<section>\n${parts.join('\n')}\n</section>`;
}

/** A table of an object's fields, or in a sentence what else it is. */
function fields(caption: string, schema: Schema, document: OpenApi): string {
  const rows = rowsOf(resolve(schema, document), '', document);
  return rows.length === 0
    ? `<p>${escaped(typeOf(schema, document))}</p>`
    : table(caption, ['Field', 'Type', 'What it is'], rows);
}

function rowsOf(schema: Schema, prefix: string, document: OpenApi): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, unresolved]) => {
    const property = resolve(unresolved, document);
    const optional = schema.required?.includes(name) === true ? '' : ' (optional)';
    const row = [
      code(prefix + name),
      escaped(typeOf(property, document)) + optional,
      escaped(property.description ?? ''),
    ];
    return [row, ...rowsOf(property, `${prefix}${name}.`, document)];
  });
}

function typeOf(unresolved: Schema, document: OpenApi): string {
  const schema = resolve(unresolved, document);
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => `\`${value}\``).join(', ');
  }
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map((option) => typeOf(option, document)).join(', or ');
  }
  if (schema.items !== undefined) {
    return `list of ${typeOf(schema.items, document)}`;
  }
  if (schema.properties !== undefined) {
    return `object of ${Object.keys(schema.properties).join(', ')}`;
  }
  const from = schema.minimum === undefined ? '' : ` from ${schema.minimum}`;
  const to = schema.maximum === undefined ? '' : ` to ${schema.maximum}`;
  return `${schema.type ?? 'anything'}${from}${to}`;
}

function table(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** What a reference within the document points to. */
function resolve<T extends object>(value: T | Reference, document: OpenApi): T {
  if (!('$ref' in value) || typeof value.$ref !== 'string') {
    return value as T;
  }
  const path = value.$ref.replace(/^#\//, '').split('/');
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document) as T;
}
