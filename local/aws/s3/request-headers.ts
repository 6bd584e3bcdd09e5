import { ApiError } from '../api-error';
import { type ByteRange, type ObjectHead, PreconditionFailed, type WriteCondition } from './object-store';

/** Reads a header of a request; undefined when it has none of this name (in lower case). */
export type Header = (name: string) => string | undefined;

/** Throws PreconditionFailed, or the status 304 for a client that has the object already. */
export function checkReadConditions({ etag }: ObjectHead, header: Header): void {
  const [match, noneMatch] = [header('if-match'), header('if-none-match')];
  if (match !== undefined && !isOneOf(etag, match)) throw new PreconditionFailed();
  if (noneMatch !== undefined && isOneOf(etag, noneMatch)) throw new ApiError('NotModified', 'Not Modified', 304);
}

export function writeCondition(header: Header): WriteCondition | undefined {
  const [match, noneMatch] = [header('if-match'), header('if-none-match')];
  if (noneMatch !== undefined && noneMatch !== '*') throw notImplemented('writes under if-none-match: * only');
  if (noneMatch !== undefined) return { ifAbsent: true };
  return match === undefined ? undefined : { ifMatch: unquoted(match) };
}

function isOneOf(etag: string, list: string): boolean {
  return list === '*' || list.split(',').some((each) => unquoted(each.trim()) === etag);
}

/** Undefined for the whole object. Throws InvalidRange for a range that starts behind the end. */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end) throw new ApiError('InvalidRange', 'The requested range is not satisfiable', 416);
  return { start, end };
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

export function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}

export function notImplemented(what: string): ApiError {
  return new ApiError('NotImplemented', `the local S3 ${what}`, 501);
}
