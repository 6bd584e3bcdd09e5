import { base, type ClassifyRequest } from './api';

export type Language = 'curl' | 'javascript' | 'python';

/** The request as code to paste; the key comes from the environment. */
export function snippet(language: Language, request: ClassifyRequest): string {
  const url = `${base}classify`;
  // JSON is a literal in JavaScript, and without true, false and null in Python too.
  const body = JSON.stringify(request);
  switch (language) {
    case 'curl':
      return [
        `curl '${url}' \\`,
        `  -H 'content-type: application/json' -H "x-api-key: $CLASSIFY_API_KEY" \\`,
        `  -d '${body.replaceAll("'", `'\\''`)}'`,
      ].join('\n');
    case 'javascript':
      return [
        `const response = await fetch('${url}', {`,
        `  method: 'POST',`,
        `  headers: { 'content-type': 'application/json', 'x-api-key': process.env.CLASSIFY_API_KEY },`,
        `  body: JSON.stringify(${body}),`,
        `});`,
        `console.log(await response.json());`,
      ].join('\n');
    case 'python':
      return [
        `import json, os, urllib.request`,
        ``,
        `request = urllib.request.Request(`,
        `    "${url}",`,
        `    json.dumps(${body}).encode(),`,
        `    {"content-type": "application/json", "x-api-key": os.environ["CLASSIFY_API_KEY"]},`,
        `)`,
        `print(json.load(urllib.request.urlopen(request)))`,
      ].join('\n');
  }
}
