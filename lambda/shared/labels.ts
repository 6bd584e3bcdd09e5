/*
 * How many labels a model may have, and how long each may be: in a dataset, and in an artifact from elsewhere. They stay in
 * the manifest beside the dataset and in the artifact; the state machine's states, which hold 256 KiB, carry none.
 */

/** More mean nothing any more: it is another column. */
export const MOST_LABELS = 1000;

/** In bytes of UTF-8. */
export const LONGEST_LABEL_BYTES = 256;
