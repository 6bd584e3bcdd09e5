import { TaskError } from './errors';
import { LIMIT_BYTES } from './json';

const LIMIT_TOGETHER_BYTES = 10 * 1024 * 1024;

/** The first character may begin a Unicode identifier (UAX #31), the others may be in one. */
const NAME = /^\p{ID_Start}\p{ID_Continue}{0,79}$/u;

/** Whether a state may assign to the name. `$states` is reserved. */
export function isVariableName(name: string): boolean {
  return NAME.test(name) && name !== 'states';
}

/** The variables of one scope: a machine's, or those of one iteration of a Map, which reads the outer ones too. */
export class Variables {
  private readonly own = new Map<string, { readonly value: unknown; readonly bytes: number }>();

  constructor(private readonly outer?: Variables) {}

  /** All that can be read here, by name. */
  get values(): Readonly<Record<string, unknown>> {
    return { ...this.outer?.values, ...Object.fromEntries([...this.own].map(([name, { value }]) => [name, value])) };
  }

  /**
   * The JSON texts of what a state is about to assign. Throws States.DataLimitExceeded above the service's limits: 256 KiB for one
   * Assign and all in it, 10 MiB for all variables (here: for all that can be read in one place).
   */
  texts(assigned: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
    const texts = Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)] as const);
    const bytes = texts.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
    const replaced = texts.reduce((sum, [name]) => sum + (this.own.get(name)?.bytes ?? 0), 0);
    if (bytes > LIMIT_BYTES) {
      throw new TaskError(
        'States.DataLimitExceeded',
        'The variables that one Assign sets are more than 256 KiB together.',
      );
    }
    if (this.bytes - replaced + bytes > LIMIT_TOGETHER_BYTES) {
      throw new TaskError('States.DataLimitExceeded', 'The variables of this execution are more than 10 MiB together.');
    }
    return Object.fromEntries(texts);
  }

  assign(assigned: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(assigned)) {
      this.own.set(name, { value, bytes: Buffer.byteLength(JSON.stringify(value)) });
    }
  }

  private get bytes(): number {
    return [...this.own.values()].reduce((sum, { bytes }) => sum + bytes, this.outer?.bytes ?? 0);
  }
}
