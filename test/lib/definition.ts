import type { Template } from 'aws-cdk-lib/assertions';

export interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Resource?: string;
  readonly Arguments?: unknown;
  readonly Output?: unknown;
  readonly TimeoutSeconds?: number;
  readonly ItemProcessor?: Definition;
  readonly MaxConcurrency?: number;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly Assign?: Readonly<Record<string, unknown>>;
    readonly Next: string;
  }[];
}

export interface Definition {
  readonly Comment?: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** The states of a definition by their names, those within a Map too. */
export function allStates({ States }: Definition): Readonly<Record<string, State>> {
  const inner = Object.values(States).map(({ ItemProcessor }) =>
    ItemProcessor === undefined ? {} : allStates(ItemProcessor),
  );
  return Object.assign({}, States, ...inner) as Readonly<Record<string, State>>;
}

/** The definition of a stack's one state machine, with a stand-in for each value that only a deployment knows. */
export function definitionOf(template: Template): Definition {
  const [stateMachine = {}] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const text = (stateMachine['Properties'] as { DefinitionString: unknown }).DefinitionString;
  return JSON.parse(render(text)) as Definition;
}

function render(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  const [name, argument] = Object.entries(value as Record<string, unknown>)[0] ?? [];
  switch (name) {
    case 'Fn::Join':
      return (argument as [string, unknown[]])[1].map(render).join((argument as [string, unknown[]])[0]);
    case 'Ref':
      return argument === 'AWS::Partition' ? 'aws' : String(argument);
    case 'Fn::GetAtt':
      return `arn:aws:lambda:eu-west-1:123456789012:function:${(argument as string[])[0]}`;
    default:
      return String(name);
  }
}
