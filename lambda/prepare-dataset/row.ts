/** One labeled text, trimmed. */
export interface Row {
  /** Where people find it: "data.csv, line 7". */
  readonly where: string;
  /** Never empty. */
  readonly text: string;
  /** The second text of a pair; undefined where texts stand alone. */
  readonly pair?: string | undefined;
  /** One, or where a text may have several, any number; none of them is empty. */
  readonly labels: readonly string[];
}

/** A row that cannot be trained on, for a field that must not be empty is. */
export interface EmptyRow {
  readonly where: string;
  readonly empty: 'text' | 'label';
}
