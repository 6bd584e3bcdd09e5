import { type DefinedState, pictureOf } from '../../local/run/pipeline-page/graph';
import { definitionOf } from '../lib/definition';
import type { Synthesized } from '../lib/synthesized';

/** Node shapes of Mermaid's flowcharts, by the type of the state. */
const SHAPES: Readonly<Record<string, (name: string) => string>> = {
  Choice: (name) => `{{${name}}}`,
  Succeed: (name) => `([${name}])`,
  Fail: (name) => `([${name}])`,
};

/** The resources that say what a stack is for, by their types. */
const SHOWN = {
  'AWS::ApiGateway::RestApi': 'REST API',
  'AWS::S3::Bucket': 'bucket',
  'AWS::SageMaker::Endpoint': 'endpoint',
  'AWS::SageMaker::EndpointConfig': 'endpoint configuration',
  'AWS::SageMaker::Model': 'model',
  'AWS::SNS::Topic': 'topic',
  'AWS::StepFunctions::StateMachine': 'state machine',
  'AWS::CloudWatch::Alarm': 'alarm',
  'AWS::Events::Rule': 'rule of EventBridge',
  'AWS::Lambda::Function': 'function',
} as const;

function flowchart(lines: readonly string[]): string {
  return ['```mermaid', 'flowchart TD', ...lines.map((line) => `  ${line}`), '```'].join('\n');
}

function node([name, { Type }]: readonly [string, DefinedState]): string {
  return `${name}${(SHAPES[Type] ?? ((text) => `[${text}]`))(name)}`;
}

/** The state machine of a stack, as the local run's page draws it; dashed where a failure leads. */
export function stateMachineDrawing({ template }: Synthesized, stackName: string): string {
  const { states, transitions } = pictureOf(definitionOf(template(stackName)));
  return flowchart([
    ...states.map(node),
    ...transitions.map(({ from, to, isCatch }) => `${from} ${isCatch ? '-.->' : '-->'} ${to}`),
  ]);
}

/** Each stack with what it is for; an arrow leads to a stack that must be there before. */
export function stacksDrawing({ assembly, names }: Synthesized): string {
  const short = (stackName: string): string => stackName.replace(`${names.prefix}-`, '');
  const id = (stackName: string): string => short(stackName).replaceAll('-', '_');
  const before = new Map(
    assembly.stacks.map(({ stackName, dependencies }) => [
      stackName,
      dependencies.flatMap((each) => ('stackName' in each ? [String(each.stackName)] : [])),
    ]),
  );
  const reaches = (from: string, to: string): boolean =>
    (before.get(from) ?? []).some((each) => each === to || reaches(each, to));
  return flowchart([
    ...assembly.stacks.map(({ stackName, template }) => {
      const resources = Object.values((template as { Resources?: Record<string, { Type: string }> }).Resources ?? {});
      const shown = Object.entries(SHOWN).flatMap(([type, label]) => {
        const count = resources.filter(({ Type }) => Type === type).length;
        return count === 0 ? [] : [count === 1 ? label : `${count} ${label}s`];
      });
      return `${id(stackName)}["${[short(stackName), ...shown].join('<br>')}"]`;
    }),
    ...[...before].flatMap(([stackName, others]) =>
      others
        // An arrow to what another arrow leads to by a detour says nothing.
        .filter((other) => !others.some((detour) => detour !== other && reaches(detour, other)))
        .map((other) => `${id(stackName)} --> ${id(other)}`),
    ),
  ]);
}
