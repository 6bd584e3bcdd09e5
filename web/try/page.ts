/**
 * An element of index.html.
 *
 * @param kind what it is. @default - any element
 */
export function element<T extends HTMLElement = HTMLElement>(id: string, kind?: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof (kind ?? HTMLElement))) {
    throw new Error(`index.html has no such element #${id}`);
  }
  return found as T;
}

/** A new element with a text in it. */
export function make(tag: string, text = '', className = ''): HTMLElement {
  return Object.assign(document.createElement(tag), { textContent: text, className });
}

/** Shows in the place for errors what is wrong; nothing clears it. */
export function showError(words = ''): void {
  element('error').textContent = words === '' ? '' : sentence(words);
}

/** What the API and our own errors say begins in lower case, and has no full stop. */
export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
