import { ValidationException } from './sagemaker-error';

/** A hyperparameter as the training toolkit sees it: its value as Python's `str` writes it, and as Python's `json.dumps` does. */
export interface Hyperparameter {
  readonly text: string;
  readonly json: string;
}

/**
 * Reads a hyperparameter's string as SageMaker's training toolkit does: as JSON if it is JSON, as it stands otherwise.
 *
 * @throws ValidationException for a JSON list or object, which the toolkit takes and this local run does not
 */
export function readHyperparameter(name: string, raw: string): Hyperparameter {
  const literal = raw.trim();
  if (/^-?(0|[1-9]\d*)$/.test(literal)) return same(String(BigInt(literal)));
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(literal)) return float(Number(literal));
  const constant = constants[literal];
  if (constant) return constant;
  const value = parseJson(raw);
  if (typeof value === 'object') {
    throw new ValidationException(
      `The hyperparameter ${name} is a JSON ${Array.isArray(value) ? 'list' : 'object'}: a local training job takes numbers, booleans and strings`,
    );
  }
  const text = typeof value === 'string' ? value : raw;
  return { text, json: asciiJson(text) };
}

/** The toolkit's own settings, which it keeps from the training script. */
export function isToolkitSetting(name: string): boolean {
  return name.startsWith('sagemaker_') || name === '_tuning_objective_metric' || name === 'default_user_module_name';
}

/** The training script's arguments, as the toolkit forms them: sorted by name, a single letter with one hyphen. */
export function commandArguments(hyperparameters: ReadonlyMap<string, Hyperparameter>): string[] {
  return [...hyperparameters.keys()]
    .sort()
    .flatMap((name) => [name.length > 1 ? `--${name}` : `-${name}`, hyperparameters.get(name)?.text ?? '']);
}

/** JSON as Python's `json.dumps` writes it by default: ASCII only. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const same = (text: string): Hyperparameter => ({ text, json: text });

/** What Python's json module reads besides strings and finite numbers. */
const constants: Readonly<Record<string, Hyperparameter>> = {
  true: { text: 'True', json: 'true' },
  false: { text: 'False', json: 'false' },
  null: { text: '', json: 'null' },
  NaN: { text: 'nan', json: 'NaN' },
  Infinity: { text: 'inf', json: 'Infinity' },
  '-Infinity': { text: '-inf', json: '-Infinity' },
};

/** Python's `repr` of a float: the same shortest digits as JavaScript's, but another choice between plain and scientific notation. */
function float(value: number): Hyperparameter {
  if (!Number.isFinite(value))
    return value > 0 ? { text: 'inf', json: 'Infinity' } : { text: '-inf', json: '-Infinity' };
  const [, sign = '', digits = '', exponent = ''] = /^(-?)([\d.]+)e(.+)$/.exec(value.toExponential()) ?? [];
  const power = Number(exponent);
  if (Object.is(value, -0)) return same('-0.0');
  if (power < -4 || power >= 16) {
    return same(`${sign}${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`);
  }
  const plain = power < 0 ? value.toFixed(Math.max(0, digits.replace('.', '').length - 1 - power)) : String(value);
  return same(plain.includes('.') ? plain : `${plain}.0`);
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
