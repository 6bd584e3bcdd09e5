import { html, type Html } from '../shared/html';

export type Cell = string | number | Html | null;

/**
 * A table, which scrolls by itself where the page is narrow. The first cell of a row is its heading; numbers are on the
 * right.
 *
 * @param caption what it tells, for who hears it read too
 */
export function table(caption: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([heading = null, ...cells]) =>
            html`<tr>
              <th scope="row">${heading}</th>
              ${cells.map(cellOf)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function cellOf(cell: Cell): Html {
  return html`<td${typeof cell === 'number' ? html` class="number"` : null}>${cell}</td>`;
}

/** A part of the page that is shut at first; in print it is open. */
export function details(summary: string, content: Html): Html {
  return html`<details>
    <summary>${summary}</summary>
    ${content}
  </details>`;
}

/** Four digits are more than a test split of a few thousand rows knows. */
export function rounded(value: number): number {
  return Number(value.toFixed(4));
}

/** As `+0.0123`. */
export function signed(value: number): string {
  const digits = value.toFixed(4);
  return Number(digits) > 0 ? `+${digits}` : digits.replace(/^-(?=[0.]+$)/, '');
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `58 s`, `12 min 5 s`, `3 h 5 min`. */
export function duration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0
    ? `${hours} h ${minutes} min`
    : `${minutes > 0 ? `${minutes} min ` : ''}${Math.round(seconds % 60)} s`;
}
