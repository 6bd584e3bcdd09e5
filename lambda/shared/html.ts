/** A piece of a page, in which every value from outside is escaped. */
export class Html {
  constructor(readonly text: string) {}
}

type Content = Html | string | number | null | undefined | false | readonly Content[];

/**
 * The tag of a template that is HTML: `` html`<p>${text}</p>` ``. A text between the tags, or in a quoted attribute, is
 * escaped; a piece of HTML is taken as it is, a list joined, and nothing is written of null, undefined and false.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(strings.map((string, place) => string + textOf(values[place])).join(''));
}

function textOf(content: Content): string {
  if (content instanceof Html) {
    return content.text;
  }
  if (content === null || content === undefined || content === false) {
    return '';
  }
  return typeof content === 'object' ? content.map(textOf).join('') : escaped(String(content));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
