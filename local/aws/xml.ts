import XMLBuilder from 'fast-xml-builder';

// XML 1.0 has no way to write control characters, and a failure's reason may be a terminal's output.
// oxlint-disable-next-line no-control-regex
const unprintable = /[\x00-\x08\x0b\x0c\x0e-\x1f]/g;

const builder = new XMLBuilder({
  suppressEmptyNode: true,
  ignoreAttributes: false,
  tagValueProcessor: (_name: string, value: unknown) =>
    typeof value === 'string' ? value.replace(unprintable, '\uFFFD') : value,
});

/** An answer's body. Undefined members are left out; `@_NAME` is an attribute. */
export function toXml(value: object): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(value)}`;
}
