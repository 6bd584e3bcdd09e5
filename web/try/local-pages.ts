import { element, make } from './page';

/** What the local run serves beside the API. */
const PAGES = { pipeline: 'The pipeline', report: 'Report of its training' } as const;

/** Links what this machine has beside the API; on AWS, where there is no such page, it asks for none. */
export async function linkLocalPages(): Promise<void> {
  if (!['localhost', '127.0.0.1'].includes(location.hostname)) {
    return;
  }
  for (const [path, name] of Object.entries(PAGES)) {
    const { ok } = await fetch(path, { method: 'HEAD' });
    const link = document.querySelector(`#pages a[href="${path}"]`);
    if (ok && link === null) {
      const made = make('a', name);
      made.setAttribute('href', path);
      element('pages').append(' ', made);
    }
  }
}
