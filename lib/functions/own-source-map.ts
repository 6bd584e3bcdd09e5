import { decode, encode, type SourceMapMappings, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly mappings: string;
}

/**
 * A bundle's source map with our own code alone. Node.js reads the map at every cold start, and nineteen twentieths of it
 * would be of packages.
 *
 * @param map as esbuild writes it, as JSON
 * @see https://tc39.es/ecma426/ the format
 */
export function ownSourceMap(map: string): string {
  const { version, sources, mappings } = JSON.parse(map) as SourceMap;
  const own = sources.filter((source) => !source.startsWith('node_modules/'));
  const indices = sources.map((source) => own.indexOf(source));
  const kept: SourceMapMappings = decode(mappings).map((line) =>
    line.flatMap((segment, at): SourceMapSegment[] => {
      const index = indexOf(segment, indices);
      if (index >= 0 && segment.length !== 1) {
        return [[segment[0], index, segment[2], segment[3]]];
      }
      // Of no source from here on, which has to be said once.
      return indexOf(line[at - 1], indices) >= 0 ? [[segment[0]]] : [];
    }),
  );
  return JSON.stringify({ version, sources: own, names: [], mappings: encode(kept) });
}

function indexOf(segment: SourceMapSegment | undefined, indices: readonly number[]): number {
  return segment === undefined || segment.length === 1 ? -1 : (indices[segment[1]] ?? -1);
}
