/** What became of the report of a training. */
export interface WrittenReport {
  /** Its s3:// URL; null where none was written. */
  readonly url: string | null;
  /** Why none could be written, in a sentence. */
  readonly warnings: readonly string[];
}

/** The report of the training that a model.tar.gz is of, which lies beside it. */
export function reportUrl(modelDataUrl: string): string {
  return modelDataUrl.replace(/[^/]*$/, 'report.html');
}
