import { createContext, Script } from 'node:vm';
import * as v from 'valibot';
import type { ApiResource } from '../api-gateway/resource-types';
import { schemas } from './resource-types';

/**
 * A function at the edge may take less than a millisecond of CPU time. Here it ends one that never would: on a machine that trains
 * besides, any step can wait for longer than that.
 */
const TIMEOUT_MS = 2000;

const requestSchema = v.object({
  headers: v.record(v.pipe(v.string(), v.regex(/^[^A-Z]+$/, 'must be in lower case')), v.object({ value: v.string() })),
});

/** The viewer-request function of a distribution, which may change a request before the origin gets it. */
export class Distribution {
  private constructor(private readonly script: Script | undefined) {}

  /**
   * @param resources of one stack
   * @returns undefined where it has no distribution
   * @throws ValiError for what this stand-in does not carry out
   */
  static fromResources(resources: Iterable<ApiResource>): Distribution | undefined {
    const all = [...resources];
    const found = all.find(({ type }) => type === 'AWS::CloudFront::Distribution');
    if (found === undefined) {
      return undefined;
    }
    const { DistributionConfig } = v.parse(schemas.Distribution, found.properties);
    const [association] = DistributionConfig.DefaultCacheBehavior.FunctionAssociations;
    const edge = all.find(({ physicalId }) => physicalId === association?.FunctionARN);
    return new Distribution(
      edge === undefined
        ? undefined
        : new Script(`${v.parse(schemas.Function, edge.properties).FunctionCode}\nhandler(event);`),
    );
  }

  /**
   * The headers with which the origin gets a request. A function that answers by itself is not carried out.
   *
   * @param rawHeaders names and values in turn, as they came
   */
  originHeaders(rawHeaders: readonly string[]): string[] {
    if (this.script === undefined) {
      return [...rawHeaders];
    }
    const headers: Record<string, { value: string }> = {};
    rawHeaders.forEach((name, index) => {
      if (index % 2 === 0) headers[name.toLowerCase()] = { value: rawHeaders[index + 1] ?? '' };
    });
    // In a context of its own, for a function at the edge has JavaScript and nothing of Node.js.
    const event = { version: '1.0', context: { eventType: 'viewer-request' }, request: { headers } };
    const changed: unknown = this.script.runInContext(createContext({ event }), { timeout: TIMEOUT_MS });
    return Object.entries(v.parse(requestSchema, changed).headers).flatMap(([name, { value }]) => [name, value]);
  }
}
