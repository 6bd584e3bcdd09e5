import { type EvaluationResult, GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { asked, type Finding, type Patient } from './finding';

const SUBJECT = 'permissions';

/** What the CDK does by itself where it may not take on the roles of the bootstrap. */
const BY_ITSELF = [
  'cloudformation:CreateChangeSet',
  'cloudformation:ExecuteChangeSet',
  'iam:CreateRole',
  'iam:PassRole',
  's3:PutObject',
];

/** Whether whoever asks may deploy, and start the pipeline, as far as IAM's simulation of their policies tells. */
export async function checkPermissions(patient: Patient): Promise<Finding[]> {
  const { callerArn, partition, account, region, names, bootstrapQualifier, settings } = patient;
  if (callerArn.endsWith(':root')) {
    return [
      {
        subject: SUBJECT,
        verdict: 'good',
        sentence: 'the root user may do everything; a role of its own would be safer.',
      },
    ];
  }
  return asked(SUBJECT, async () => {
    const iam = new IAMClient({ ...settings, region });
    const PolicySourceArn = await identityOf(callerArn, iam);
    const mayDo = async (ActionNames: string[], ResourceArns?: string[]): Promise<string[]> => {
      const { EvaluationResults } = await iam.send(
        new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames, ResourceArns }),
      );
      return (EvaluationResults ?? []).filter(isDenied).map(({ EvalActionName = '' }) => EvalActionName);
    };
    const roles = ['deploy', 'file-publishing'].map(
      (role) => `arn:${partition}:iam::${account}:role/cdk-${bootstrapQualifier}-${role}-role-${account}-${region}`,
    );
    const stateMachine = `arn:${partition}:states:${region}:${account}:stateMachine:${names.stateMachine}`;
    const noRoles = (await mayDo(['sts:AssumeRole'], roles)).length > 0;
    const lacking = noRoles ? await mayDo(BY_ITSELF) : [];
    const noStart = await mayDo(['states:StartExecution'], [stateMachine]);
    const findings: Finding[] = [];
    if (lacking.length > 0) {
      findings.push({
        subject: SUBJECT,
        verdict: 'deployment',
        sentence: `you may neither take on the roles of the bootstrap (sts:AssumeRole on ${roles.join(' and ')}) nor do their work (${lacking.join(', ')}): ask for the former.`,
      });
    }
    if (noStart.length > 0) {
      findings.push({
        subject: SUBJECT,
        verdict: 'run',
        sentence: `you may not start the pipeline: ask for states:StartExecution on ${stateMachine}.`,
      });
    }
    return findings.length > 0
      ? findings
      : [{ subject: SUBJECT, verdict: 'good', sentence: 'you may deploy, and start the pipeline.' }];
  });
}

/** The user or role whose policies count; a session's ARN lacks the path of its role. */
async function identityOf(callerArn: string, iam: IAMClient): Promise<string> {
  const RoleName = /:assumed-role\/([^/]+)\//.exec(callerArn)?.[1];
  if (RoleName === undefined) {
    return callerArn;
  }
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  return Role?.Arn ?? callerArn;
}

function isDenied({ EvalDecision, ResourceSpecificResults = [] }: EvaluationResult): boolean {
  return (
    EvalDecision !== 'allowed' ||
    ResourceSpecificResults.some(({ EvalResourceDecision }) => EvalResourceDecision !== 'allowed')
  );
}
