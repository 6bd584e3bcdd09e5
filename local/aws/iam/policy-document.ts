import * as v from 'valibot';
import { requestProblem } from '../request-problem';

const notEvaluated = v.optional(v.never());
const withoutVariables = v.pipe(
  v.string(),
  v.check((text) => !text.includes('${'), 'a policy variable is not evaluated here'),
);
/** A list, of which a single member may stand alone. */
const oneOrMore = <Member extends v.GenericSchema>(member: Member) =>
  v.pipe(
    v.unknown(),
    v.transform((given): unknown[] => (Array.isArray(given) ? given : [given])),
    v.array(member),
  );

// The refused elements first: that Action is missing beside NotAction is not the point.
const statement = v.strictObject({
  NotAction: notEvaluated,
  NotResource: notEvaluated,
  Principal: notEvaluated,
  NotPrincipal: notEvaluated,
  Sid: v.optional(v.string()),
  Effect: v.picklist(['Allow', 'Deny']),
  Action: oneOrMore(v.string()),
  Resource: oneOrMore(withoutVariables),
  /** Values by operator and key. */
  Condition: v.optional(v.record(v.string(), v.record(v.string(), oneOrMore(withoutVariables))), {}),
});
const policyDocument = v.strictObject({
  Version: v.optional(v.string()),
  Id: v.optional(v.string()),
  Statement: oneOrMore(statement),
});

/** One statement of an identity-based policy. */
export type Statement = v.InferOutput<typeof statement>;

/** The statements of a policy document. Throws for what is not evaluated here, and names the policy. */
export function statementsOf(document: unknown, policy: string): Statement[] {
  const parsed = v.safeParse(policyDocument, document);
  if (parsed.success) return parsed.output.Statement;
  throw new Error(`the local IAM cannot evaluate ${policy}: ${requestProblem(parsed.issues)}`);
}
