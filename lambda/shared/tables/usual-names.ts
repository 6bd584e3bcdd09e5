/** What a column holds. */
export type ColumnRole = 'text' | 'pair' | 'label';

/** What columns are usually called; Hugging Face's own name for the second text of a pair. */
export const USUAL_NAMES: Readonly<Record<ColumnRole, readonly string[]>> = {
  text: ['text', 'sentence', 'review', 'content', 'comment', 'message', 'title'],
  pair: ['text_pair'],
  label: ['label', 'labels', 'category', 'class', 'target', 'sentiment', 'intent', 'tags'],
};
