import { type EdgeLabel, Graph, type GraphLabel, layout, type NodeLabel } from '@dagrejs/dagre';
import { html, type Html } from '../../../lambda/shared/html';
import type { StateStatus } from './state-views';

/** What a picture needs of a definition in the Amazon States Language. */
export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, DefinedState>>;
}

export interface DefinedState {
  readonly Type: string;
  readonly Comment?: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly ItemProcessor?: Definition;
}

interface Placed {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Where each state and each transition lies, in pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** In the order in which one reads them: from above, and from the left. */
  readonly states: readonly Placed[];
  readonly transitions: readonly {
    readonly isCatch: boolean;
    readonly points: readonly { readonly x: number; readonly y: number }[];
  }[];
}

const NODE_HEIGHT = 28;
const NODE_PADDING = 12;
const MARGIN = 8;
/** Of a letter, about. */
const LETTER_WIDTH = 6.8;
/** What a name may be followed by: a space and one of the signs. */
const SIGN_LETTERS = 2;
/** A state that more than so many lead to by their Catch is everyone's: these lines would hide all others. */
const MOST_CATCHES = 3;

/** What a picture of a state machine shows, a Map's own states beside the others. */
export interface Picture {
  readonly states: readonly (readonly [string, DefinedState])[];
  readonly transitions: readonly { readonly from: string; readonly to: string; readonly isCatch: boolean }[];
}

/** What is drawn of a state machine: all but the lines that most failures take. */
export function pictureOf(definition: Definition): Picture {
  const states = allStates(definition);
  const caughtBy = (name: string): number =>
    states.filter(([, state]) => state.Catch?.some(({ Next }) => Next === name)).length;
  const transitions = states.flatMap(([from, state]) => {
    const nexts = [...new Set(nextStates(state))];
    const catches = [...new Set((state.Catch ?? []).map(({ Next }) => Next))].filter(
      (next) => !nexts.includes(next) && caughtBy(next) <= MOST_CATCHES,
    );
    return [
      ...nexts.map((to) => ({ from, to, isCatch: false })),
      ...catches.map((to) => ({ from, to, isCatch: true })),
    ];
  });
  return { states, transitions };
}

/** Lays a state machine out, from its start downwards. */
export function layoutOf(definition: Definition): Layout {
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>({ multigraph: true });
  // Of the ways to lay it out, the one that makes the pipeline narrowest.
  graph.setGraph({
    ranker: 'tight-tree',
    align: 'UL',
    nodesep: 12,
    edgesep: 8,
    ranksep: 24,
    marginx: MARGIN,
    marginy: MARGIN,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const picture = pictureOf(definition);
  for (const [name] of picture.states) {
    graph.setNode(name, {
      width: (name.length + SIGN_LETTERS) * LETTER_WIDTH + 2 * NODE_PADDING,
      height: NODE_HEIGHT,
    });
  }
  for (const { from, to, isCatch } of picture.transitions) {
    graph.setEdge(from, to, {}, isCatch ? 'catch' : 'next');
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const placed = picture.states.map(([name, { Type, Comment = '' }]): Placed => {
    const { x = 0, y = 0, width: own } = graph.node(name);
    return { name, type: Type, comment: Comment, x, y, width: own };
  });
  const transitions = graph.edges().map((edge) => ({
    isCatch: edge.name === 'catch',
    points: graph.edge(edge).points ?? [],
  }));
  return {
    // dagre counts the states alone, and leads some transitions around them.
    width: Math.max(width, ...transitions.flatMap(({ points }) => points.map(({ x }) => x + MARGIN))),
    height,
    states: placed.sort((one, other) => one.y - other.y || one.x - other.x),
    transitions,
  };
}

/** The states of a Map's items are beside the others, as what follows it. */
function allStates({ States }: Definition): (readonly [string, DefinedState])[] {
  return Object.entries(States).flatMap(([name, state]) => [
    [name, state] as const,
    ...(state.ItemProcessor === undefined ? [] : allStates(state.ItemProcessor)),
  ]);
}

function nextStates({ Next, Default, Choices = [], ItemProcessor }: DefinedState): string[] {
  return [ItemProcessor?.StartAt, Next, ...Choices.map((choice) => choice.Next), Default].filter(
    (name) => name !== undefined,
  );
}

export const SIGNS: Readonly<Record<StateStatus, string>> = {
  running: '…',
  succeeded: '✓',
  caught: '!',
  failed: '✗',
  aborted: '✗',
};

/**
 * Draws a state machine as SVG: each state leads to what is told of it, and has the class of its status.
 *
 * @param statuses of those that an execution has come to
 */
export function graphSvg(
  { width, height, states, transitions }: Layout,
  statuses: ReadonlyMap<string, StateStatus>,
): Html {
  return html`<svg
    viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}"
    width="${Math.ceil(width)}"
    role="group"
    aria-label="The states, from the start downwards"
  >
    <defs>
      <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
        <path d="M0 0L8 4L0 8z" />
      </marker>
    </defs>
    ${transitions.map(
      ({ isCatch, points }) =>
        html`<path
          class="transition${isCatch ? ' catch' : ''}"
          marker-end="url(#arrow)"
          d="${points.map(({ x, y }, place) => `${place === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')}"
        />`,
    )}
    ${states.map((state) => stateSvg(state, statuses.get(state.name)))}
  </svg>`;
}

function stateSvg({ name, type, comment, x, y, width }: Placed, status: StateStatus | undefined): Html {
  const shape = html`<title>${comment}</title>
    <rect
      x="${(x - width / 2).toFixed(1)}"
      y="${(y - NODE_HEIGHT / 2).toFixed(1)}"
      width="${width.toFixed(1)}"
      height="${NODE_HEIGHT}"
      rx="${type === 'Choice' ? 14 : 5}"
    />
    <text x="${x.toFixed(1)}" y="${y.toFixed(1)}">${name}${status === undefined ? null : ` ${SIGNS[status]}`}</text>`;
  return status === undefined
    ? html`<g class="state">${shape}</g>`
    : html`<a class="state ${status}" href="#state-${name}" aria-label="${name}: ${status}">${shape}</a>`;
}
