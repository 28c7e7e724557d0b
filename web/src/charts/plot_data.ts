import type { Value } from '../api/live';

export interface PlotSeries {
  key: string;
  label: string;
  /** Number of a colour of the palette, from 0; the palette repeats. */
  color: number;
  values: Value[];
  /** Of a mirrored chart: drawn below zero. */
  below?: boolean;
}

export interface PlotData {
  /** Ascending, milliseconds since 1970. */
  times: number[];
  series: PlotSeries[];
}

export type PlotKind = 'line' | 'stacked' | 'mirrored';

export interface TimeRange {
  beginMs: number;
  endMs: number;
}

/** uPlot draws finite numbers and takes null for a gap. */
function drawable(value: Value): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** The columns to draw: stacked ones add up from the first series, mirrored ones below zero change their sign. */
export function plottedColumns(kind: PlotKind, series: readonly PlotSeries[]): (number | null)[][] {
  if (kind !== 'stacked') {
    return series.map(({ values, below }) =>
      values.map(value => {
        const number = drawable(value);
        return number !== null && below === true ? -number : number;
      }),
    );
  }
  const sums: number[] = [];
  return series.map(({ values }) =>
    values.map((value, row) => {
      const number = drawable(value);
      if (number === null) return null;
      return (sums[row] = (sums[row] ?? 0) + number);
    }),
  );
}

/** The value in row `row`, or the newest one where no row is pointed at. */
export function valueAt(series: PlotSeries, row: number | undefined): Value {
  return (row === undefined ? series.values.at(-1) : series.values[row]) ?? null;
}
