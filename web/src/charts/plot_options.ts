import type uPlot from 'uplot';
import { formatTick, formatTimeTick, type Unit } from '../format';
import { withAlpha, type Palette } from './palette';
import type { PlotKind, PlotSeries, TimeRange } from './plot_data';

export interface PlotSettings {
  kind: PlotKind;
  unit: Unit;
  height: number;
  /** Charts with the same key share their cursor. */
  syncKey: string | undefined;
  /** The y axis reaches at least this far. */
  yMin: number | undefined;
  /** The y axis reaches at most this far. */
  yMax: number | undefined;
}

const font = '11px system-ui, sans-serif';
const binaryIncrements = Array.from({ length: 70 }, (_, exponent) => 2 ** (exponent - 10));

function yRange(settings: PlotSettings, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (settings.kind === 'mirrored') {
    const reach = Math.max(Math.abs(low ?? 0), Math.abs(high ?? 0), settings.yMin ?? 0) * 1.08 || 1;
    return [(low ?? 0) < 0 ? -reach : 0, reach];
  }
  const top = Math.max(high ?? 0, settings.yMin ?? 0);
  const bottom = Math.min(low ?? 0, 0);
  if (top === bottom) return [bottom, top + 1];
  const roomy = top + (top - bottom) * 0.08;
  return [
    bottom < 0 ? bottom - (top - bottom) * 0.08 : 0,
    settings.yMax === undefined ? roomy : Math.min(roomy, settings.yMax),
  ];
}

function axes(settings: PlotSettings, palette: Palette): uPlot.Axis[] {
  const common = { stroke: palette.text, font, ticks: { show: false } };
  const y: uPlot.Axis = {
    ...common,
    size: 58,
    gap: 6,
    space: settings.height > 200 ? 44 : 26,
    grid: { stroke: palette.grid, width: 1 },
    values: (_plot, splits) =>
      splits.map(value => formatTick(settings.kind === 'mirrored' ? Math.abs(value) : value, settings.unit)),
  };
  if (settings.unit.startsWith('bytes')) y.incrs = binaryIncrements;
  return [
    {
      ...common,
      size: 24,
      gap: 7,
      // Room for hours and minutes; short ranges show seconds too.
      space: (_plot, _axis, beginMs, endMs) => (endMs - beginMs < 240_000 ? 70 : 52),
      grid: { show: false },
      values: (_plot, splits, _axis, _space, increment) =>
        splits.map(value => formatTimeTick(value, increment)),
    },
    y,
  ];
}

function seriesOptions(kind: PlotKind, series: PlotSeries, palette: Palette, alone: boolean): uPlot.Series {
  const stroke = palette.series[series.color % palette.series.length] ?? palette.text;
  const options: uPlot.Series = { stroke, width: kind === 'stacked' ? 1 : 1.5, points: { show: false } };
  if (kind === 'stacked') options.fill = withAlpha(stroke, 0.55);
  else if (kind === 'mirrored') options.fill = withAlpha(stroke, 0.22);
  else if (alone) options.fill = withAlpha(stroke, 0.12);
  return options;
}

/** What uPlot needs to draw these series; the time range is asked for at each drawing. */
export function plotOptions(
  settings: PlotSettings,
  series: readonly PlotSeries[],
  palette: Palette,
  width: number,
  range: () => TimeRange,
): uPlot.Options {
  const options: uPlot.Options = {
    width,
    height: settings.height,
    ms: 1,
    padding: [8, 14, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false, setScale: false },
      focus: { prox: 20 },
    },
    // A stack whose parts fade is hard to read.
    focus: { alpha: settings.kind === 'line' ? 0.35 : 1 },
    scales: {
      x: {
        time: true,
        range: () => {
          const { beginMs, endMs } = range();
          return [beginMs, endMs];
        },
      },
      y: { range: (_plot, low, high) => yRange(settings, low, high) },
    },
    axes: axes(settings, palette),
    series: [{}, ...series.map(one => seriesOptions(settings.kind, one, palette, series.length === 1))],
  };
  if (settings.kind === 'stacked') {
    // Each series fills down to the one before it; the first one to zero.
    options.bands = series.slice(1).map((_, index) => ({ series: [index + 2, index + 1] }));
  }
  if (settings.syncKey !== undefined && options.cursor !== undefined) {
    options.cursor.sync = {
      key: settings.syncKey,
      setSeries: false,
      filters: { pub: type => type === 'mousemove' || type === 'mouseleave' },
    };
  }
  return options;
}
