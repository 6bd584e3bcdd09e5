import { createHash } from 'node:crypto';
import { type Options, parseOptions, saysWhichModel } from './options';
import type { StateFolder } from './state-folder';

/** A command line of `npm start`. */
export interface CommandLine {
  readonly args: readonly string[];
  readonly workingDirectory: string;
}

/** The last command line that said which model is wanted. */
interface Asked extends CommandLine {
  /** Whether that came to its end, good or bad; else it was cut off. */
  readonly ended: boolean;
}

/** What an execution that succeeded was of, and the model that it put in service. */
interface Trained {
  /** Of all that decided the model. */
  readonly key: string;
  readonly modelDataUrl: string;
  /** Whether an execution was begun since that has not ended: what it deployed may serve in the place of this. */
  readonly isInDoubt: boolean;
}

const ASKED = 'asked.json';
const TRAINED = 'trained.json';

/** Options that no later start repeats. */
const OF_ONE_START = ['--fresh', '--once'];

/**
 * What a start is asked for, which may be what an earlier one was: it is remembered from the beginning on, so that a start without
 * options repeats what was cut off, and does not train the sample in its place.
 */
export class Request {
  private constructor(
    private readonly state: Pick<StateFolder, 'read' | 'write'>,
    readonly given: Options,
    /** Undefined until any start has said which model is wanted. */
    private readonly asked: Asked | undefined,
    /** The options of an earlier start, where those hold; undefined for what this one was given. */
    readonly repeated: string | undefined,
    /** Whether nothing was asked for that has not come to its end: what is in service may stay. */
    readonly isAnswered: boolean,
  ) {}

  static begin(
    given: Options,
    { args, workingDirectory }: CommandLine,
    state: Pick<StateFolder, 'read' | 'write'>,
  ): Request {
    const last = read(state, ASKED) as Asked | undefined;
    if (saysWhichModel(given)) {
      const asked = { args: args.filter((arg) => !OF_ONE_START.includes(arg)), workingDirectory, ended: false };
      state.write(ASKED, JSON.stringify(asked));
      return new Request(state, given, asked, undefined, false);
    }
    if (given.accelerator !== undefined) {
      // The same model, or the sample's, but traced for it or not.
      const asked: Asked = { ...(last ?? { args: [], workingDirectory }), ended: false };
      state.write(ASKED, JSON.stringify(asked));
      return new Request(state, given, asked, repeatedOf(last), false);
    }
    return new Request(state, given, last, repeatedOf(last), last?.ended !== false);
  }

  /**
   * What this start does.
   *
   * @throws UsageError where a file is no more that an earlier start was given
   */
  get options(): Options {
    if (this.repeated === undefined || this.asked === undefined) {
      return this.given;
    }
    const { port, once, fresh, accelerator } = this.given;
    const repeated = parseOptions(this.asked.args, this.asked.workingDirectory);
    return { ...this.given, ...repeated, port, once, fresh, accelerator };
  }

  /** The s3:// URL of the model that all this led to the last time; undefined where it did not. */
  modelOf(key: string): string | undefined {
    return this.trained?.key === key ? this.trained.modelDataUrl : undefined;
  }

  /** Whether something else may serve than what this led to: an execution was cut off, maybe after it had deployed its own. */
  get isInDoubt(): boolean {
    return this.trained?.isInDoubt === true;
  }

  /** An execution begins. */
  executes(): void {
    if (this.trained !== undefined) {
      this.remember({ ...this.trained, isInDoubt: true });
    }
  }

  /** From now on, a start without options serves what there is. */
  end(trained: Omit<Trained, 'isInDoubt'> | undefined = this.trained): void {
    if (this.asked !== undefined) {
      this.state.write(ASKED, JSON.stringify({ ...this.asked, ended: true } satisfies Asked));
    }
    if (trained !== undefined) {
      this.remember({ ...trained, isInDoubt: false });
    }
  }

  private get trained(): Trained | undefined {
    return read(this.state, TRAINED) as Trained | undefined;
  }

  private remember(trained: Trained): void {
    this.state.write(TRAINED, JSON.stringify(trained));
  }
}

/** The options to repeat; undefined where there are none. */
function repeatedOf(last: Asked | undefined): string | undefined {
  return last === undefined || last.args.length === 0 ? undefined : last.args.join(' ');
}

/** Of what decides the model. */
export function keyOf(...causes: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(causes)).digest('hex');
}

/** What was written by this class; undefined where nothing was. */
function read(state: Pick<StateFolder, 'read'>, name: string): unknown {
  const text = state.read(name);
  return text === undefined ? undefined : JSON.parse(text);
}
