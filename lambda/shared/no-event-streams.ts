/**
 * Stands for `@smithy/core/event-streams` in every bundle (`lib/functions/function-bundles.ts`).
 *
 * No function reads or writes a stream of events. The AWS SDK imports that module by `import()`, and for a bundle of one
 * file esbuild must then wrap each module that it shares: a fifth of the time that the SDK takes to load.
 */

const REASON = 'event streams are left out of the bundles: see lambda/shared/no-event-streams.ts';

export class EventStreamSerde {
  constructor() {
    throw new Error(REASON);
  }
}

/** Clients ask for it whether they have such operations or not. */
export function eventStreamSerdeProvider(): undefined {
  return undefined;
}

export function resolveEventStreamSerdeConfig<T>(config: T): T {
  return config;
}
