import * as v from 'valibot';

/*
 * What schemas of this application share. Each message is the second half of a sentence, whose first half is the
 * field's name: "training.epochs must be a whole number from 0 to 100, not -1".
 */

/** A whole number within bounds. */
export function wholeNumber(minimum: number, maximum: number) {
  const must = `must be a whole number from ${minimum} to ${maximum}`;
  return v.pipe(v.number(must), v.integer(must), v.minValue(minimum, must), v.maxValue(maximum, must));
}

/** A finite number within bounds. */
export function realNumber(minimum: number, maximum: number) {
  const must = `must be a number from ${minimum} to ${maximum}`;
  return v.pipe(v.number(must), v.finite(must), v.minValue(minimum, must), v.maxValue(maximum, must));
}

/** @param must the second half of the sentence that refuses another value */
export function text(pattern: RegExp, must: string) {
  return v.pipe(v.string(must), v.regex(pattern, must));
}

/**
 * As `text`, with a limit: what an execution's input holds goes through every state, and a state holds 256 KiB.
 *
 * @param longest in characters
 */
export function shortText(pattern: RegExp, longest: number, must: string) {
  return v.pipe(text(pattern, must), v.maxLength(longest, `must have at most ${longest} characters`));
}

/** Of each name and value that a message shows, in characters. */
const LONGEST_SHOWN = 200;

export const AN_OBJECT = 'must be an object';

/** What is said of a field that an object with these entries does not have, or of something that is no object. */
export function unknownFieldOf(entries: v.ObjectEntries) {
  const message = `is not a known field; known are ${Object.keys(entries).join(', ')}`;
  return (issue: v.StrictObjectIssue): string => (issue.expected === 'never' ? message : AN_OBJECT);
}

/** A JSON object with these fields and no others (valibot alone takes a list for an object without fields). */
export function objectOf<const TEntries extends v.ObjectEntries>(entries: TEntries) {
  return v.pipe(
    v.custom<Record<string, unknown>>((value) => !Array.isArray(value), AN_OBJECT),
    v.strictObject(entries, unknownFieldOf(entries)),
  );
}

/**
 * One sentence per issue that names the field and shows the bad value, for example
 * `training.epochs must be a whole number from 0 to 100, not -1`.
 *
 * @param subject what was checked, for an issue with the whole of it, e.g. "the execution input"
 */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[], subject: string): string {
  return issues
    .map((issue) => {
      const path = shown((v.getDotPath(issue) ?? subject).replace(/\.(\d+)(?=\.|$)/g, '[$1]'));
      if (issue.type === 'strict_object' && issue.expected === 'never') {
        return `${path} ${issue.message}`;
      }
      if (issue.input === undefined) {
        return `${path} is missing`;
      }
      return `${path} ${issue.message}, not ${shown(JSON.stringify(issue.input))}`;
    })
    .join('; ');
}

function shown(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
