import { init, type SeriesOption } from 'echarts';
import { Html, html } from './html';

export interface Axis {
  readonly name: string;
  /** @default - what the points have */
  readonly range?: readonly [lowest: number, highest: number];
}

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Dashed and grey: something to compare with. @default false */
  readonly isReference?: boolean;
}

export interface LineChart {
  /** What a reader who does not see the picture is told. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

/** In pixels; a page scales it. */
const WIDTH = 560;
const HEIGHT = 300;

/** The colors of the lines, which the page has for light and for dark. */
const COLORS = ['var(--line-1)', 'var(--line-2)', 'var(--line-3)', 'var(--line-4)'];
const GREY = 'var(--quiet)';

/** Draws lines as SVG, without a browser: the page needs no script, and text and grid have the page's own colors. */
export function lineChart({ description, x, y, lines }: LineChart): Html {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption({
      animation: false,
      color: COLORS,
      textStyle: { fontFamily: 'inherit' },
      grid: { left: 56, right: 16, top: 40, bottom: 48 },
      legend: { top: 0, left: 56, itemGap: 28, selectedMode: false, textStyle: { color: 'currentColor' } },
      xAxis: axisOption(x, 28),
      yAxis: axisOption(y, 40),
      series: lines.map(seriesOption),
    });
    const drawn = chart.renderToSVGString().replace(/<style[^]*?<\/style>/, '');
    return html`<div class="chart" role="img" aria-label="${description}">${new Html(drawn)}</div>`;
  } finally {
    chart.dispose();
  }
}

function axisOption({ name, range }: Axis, nameGap: number) {
  return {
    type: 'value' as const,
    name,
    nameGap,
    nameLocation: 'middle' as const,
    nameTextStyle: { color: 'currentColor' },
    min: range?.[0],
    max: range?.[1],
    scale: true,
    silent: true,
    axisLine: { show: true, lineStyle: { color: GREY } },
    axisLabel: { color: 'currentColor' },
    splitLine: { lineStyle: { color: 'var(--grid)' } },
  };
}

function seriesOption({ name, points, isReference = false }: Line): SeriesOption {
  return {
    type: 'line',
    name,
    data: points.map(([x, y]) => [x, y]),
    silent: true,
    symbol: isReference ? 'none' : 'circle',
    symbolSize: 6,
    ...(isReference && { color: GREY, lineStyle: { type: 'dashed', width: 1.5 } }),
  };
}
