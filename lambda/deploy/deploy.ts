import {
  UpdateStackCommand,
  type CloudFormationClient,
  type Parameter,
  type Stack,
  type StackStatus,
} from '@aws-sdk/client-cloudformation';
import { Broken, StackMissing, Superseded, TakenDownSince } from '../shared/step-errors';
import { failureReason } from '../shared/stack-failure-reason';
import { describeStack, parameterOf } from '../shared/describe-stack';
import { MODEL_PARAMETER } from '../shared/serving-stack';
import { explainStackError } from '../shared/stack-errors';

/** What is left of a stack whose creation was refused or failed. */
const NEVER_CREATED: ReadonlySet<StackStatus | undefined> = new Set([
  'REVIEW_IN_PROGRESS',
  'CREATE_FAILED',
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
]);

/** The values of a stack's parameters by their names. */
export type ParameterValues = Readonly<Record<string, string>>;

/** What to deploy, and on what conditions. */
export interface DeploymentRequest {
  readonly stackName: string;
  readonly parameters: ParameterValues;
  /** Values that the stack must still have: another execution's deployment is left alone. @default - any */
  readonly replacing?: ParameterValues;
  /** An endpoint that is down stays down. @default false */
  readonly keepDown?: boolean;
}

/**
 * Starts a serving stack's change to other values of some parameters, the model's above all: its template stays as it
 * was deployed, and so does every other parameter's value.
 *
 * @param roleArn the role that CloudFormation makes the change under
 * @returns the values that these parameters had, to go back to
 * @throws TakenDownSince when there is no endpoint and it is to stay so
 * @throws Superseded when the stack has neither the values to replace nor the new ones
 * @throws NothingToDo, StackBusy, StackMissing, Refused, Broken: see explainStackError
 */
export async function deployStack(
  { stackName, parameters, replacing = {}, keepDown = false }: DeploymentRequest,
  roleArn: string,
  cloudFormation: CloudFormationClient,
): Promise<ParameterValues> {
  const stack = await describeStack(stackName, cloudFormation);
  if (NEVER_CREATED.has(stack.StackStatus)) {
    const reason = await failureReason(stack.StackId ?? stackName, cloudFormation);
    throw new StackMissing(`stack ${stackName} was never created (${reason}); run "npm run deploy" again`);
  }
  // A stack that has the new values already was changed by an attempt whose answer was lost.
  if (!hasValues(stack, replacing) && !hasValues(stack, parameters)) {
    throw new Superseded(
      `stack ${stackName} was changed by another execution or deployment since, and stays as that left it`,
    );
  }
  if (keepDown && parameterOf(stack, MODEL_PARAMETER) === '') {
    throw new TakenDownSince('the endpoint was taken down while this execution trained, and stays down');
  }
  const changed = changedParameters(stack, stackName, parameters);
  try {
    await cloudFormation.send(
      new UpdateStackCommand({
        StackName: stackName,
        UsePreviousTemplate: true,
        Parameters: changed,
        RoleARN: roleArn,
      }),
    );
  } catch (error) {
    throw explainStackError(error, stackName);
  }
  return Object.fromEntries(Object.keys(parameters).map((name) => [name, parameterOf(stack, name) ?? '']));
}

function hasValues(stack: Stack, values: ParameterValues): boolean {
  return Object.entries(values).every(([name, value]) => parameterOf(stack, name) === value);
}

/** CloudFormation gives a parameter that an update leaves out its default, not its present value. */
function changedParameters(stack: Stack, stackName: string, changes: ParameterValues): Parameter[] {
  const names = (stack.Parameters ?? []).map(({ ParameterKey }) => ParameterKey ?? '');
  const missing = Object.keys(changes).filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new Broken(
      `stack ${stackName} is older than this pipeline and lacks what it sets; run "npm run deploy" to bring it up to date`,
    );
  }
  return names.map((name) => {
    const value = changes[name];
    return value === undefined
      ? { ParameterKey: name, UsePreviousValue: true }
      : { ParameterKey: name, ParameterValue: value };
  });
}
