import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { isAwsError } from '../../lambda/shared/aws-error';
import { asked, type Finding, type Patient } from './finding';

/** What the templates of the CDK's default synthesizer ask for. */
const LEAST_VERSION = 6;
const SUBJECT = 'bootstrap';

/** Whether `cdk bootstrap` has been run here, by a CDK that is recent enough. */
export function checkBootstrap({ account, region, settings, bootstrapQualifier }: Patient): Promise<Finding[]> {
  const command = `npx cdk bootstrap aws://${account}/${region}`;
  return asked(SUBJECT, async () => {
    const Name = `/cdk-bootstrap/${bootstrapQualifier}/version`;
    try {
      const { Parameter } = await new SSMClient({ ...settings, region }).send(new GetParameterCommand({ Name }));
      const version = Number(Parameter?.Value);
      return version >= LEAST_VERSION
        ? [{ subject: SUBJECT, verdict: 'good', sentence: `version ${version} in ${region}.` }]
        : [
            {
              subject: SUBJECT,
              verdict: 'deployment',
              sentence: `version ${version} is too old, ${LEAST_VERSION} is needed: run "${command}".`,
            },
          ];
    } catch (error) {
      if (!isAwsError(error, 'ParameterNotFound')) {
        throw error;
      }
      return [{ subject: SUBJECT, verdict: 'deployment', sentence: `it is missing in ${region}: run "${command}".` }];
    }
  });
}
