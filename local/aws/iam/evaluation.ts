import { matches, matchesAction } from './pattern';
import type { Statement } from './policy-document';

/** What a request asks leave for. */
export interface Access {
  /** `s3:GetObject` */
  readonly action: string;
  /** The ARN, or `*` for an action that has no resource. */
  readonly resource: string;
  /** What conditions may ask for, by key; undefined where the request does not say it. Any other key is an error. */
  readonly context?: Readonly<Record<string, string | undefined>>;
  /** The tags of the resource, for the keys `aws:ResourceTag/…`. */
  readonly tags?: Readonly<Record<string, string>>;
}

export type Decision = 'allowed' | 'denied explicitly' | 'not allowed';

/** Whether a condition holds. Without a value none of these does. */
const operators: Readonly<Record<string, (wanted: readonly string[], given: string | undefined) => boolean>> = {
  StringEquals: (wanted, given) => given !== undefined && wanted.includes(given),
};

const RESOURCE_TAG = 'aws:ResourceTag/';

/** What identity-based policies say of an access: an Allow allows it unless a Deny does not. Throws for a condition that is unknown here. */
export function evaluate(statements: readonly Statement[], access: Access): Decision {
  const applying = statements.filter(
    ({ Action, Resource, Condition }) =>
      Action.some((pattern) => matchesAction(pattern, access.action)) &&
      Resource.some((pattern) => matches(pattern, access.resource)) &&
      // All of them, so that an unknown one is found also behind one that does not hold.
      Object.entries(Condition)
        .flatMap(([operator, keys]) =>
          Object.entries(keys).map(([key, wanted]) => holds(operator, key, wanted, access)),
        )
        .every(Boolean),
  );
  if (applying.some(({ Effect }) => Effect === 'Deny')) return 'denied explicitly';
  return applying.length > 0 ? 'allowed' : 'not allowed';
}

function holds(operator: string, key: string, wanted: readonly string[], access: Access): boolean {
  const operate = operators[operator];
  if (operate === undefined) {
    throw new Error(
      `the local IAM cannot evaluate the condition ${operator} of ${access.action}; it knows ${Object.keys(operators).join(', ')}`,
    );
  }
  return operate(wanted, valueOf(key, access));
}

function valueOf(key: string, { action, context = {}, tags }: Access): string | undefined {
  if (tags !== undefined && key.startsWith(RESOURCE_TAG)) return tags[key.slice(RESOURCE_TAG.length)];
  if (Object.hasOwn(context, key)) return context[key];
  throw new Error(`the local IAM does not know the value of the condition key ${key} for ${action}`);
}
