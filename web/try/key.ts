import { element } from './page';

const NAME = 'classify-api-key';

/** The API key as it stands in its field. */
export const apiKey = (): string => element('key', HTMLInputElement).value.trim();

/**
 * Fills the field with the key of this tab: what `npm start` puts after the address's #, which no browser sends to anyone,
 * or what was there before. Nothing else remembers it, nor does it stay in the address.
 */
export function setUpKey(onChange: () => void): void {
  const field = element('key', HTMLInputElement);
  const given = new URLSearchParams(location.hash.slice(1)).get('key');
  if (given !== null) {
    sessionStorage.setItem(NAME, given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  field.value = sessionStorage.getItem(NAME) ?? '';
  element('key-details', HTMLDetailsElement).open = field.value === '';
  field.addEventListener('input', () => {
    sessionStorage.setItem(NAME, apiKey());
    onChange();
  });

  const button = element('show-key', HTMLButtonElement);
  button.addEventListener('click', () => {
    const shown = field.type === 'text';
    field.type = shown ? 'password' : 'text';
    button.textContent = shown ? 'Show' : 'Hide';
    button.setAttribute('aria-pressed', String(!shown));
  });
}
