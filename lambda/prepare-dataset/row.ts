/** One labeled text, trimmed; neither field is ever empty. */
export interface Row {
  readonly text: string;
  readonly label: string;
}
