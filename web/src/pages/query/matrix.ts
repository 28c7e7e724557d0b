import type { QueryData } from '../../api/prometheus';
import type { PlotData } from '../../charts/plot_data';
import { formatSeries } from '../../format';

export const seriesDrawnMax = 100;

export interface Drawing {
  plot: PlotData;
  /** Of the answer; may be more than are drawn. */
  seriesCount: number;
  pointCount: number;
}

/** Puts a range answer on its grid of steps; a step without a point is a gap. Draws the first hundred series. */
export function drawMatrix(
  data: QueryData,
  range: { startMs: number; endMs: number; stepMs: number },
): Drawing | undefined {
  if (data.resultType !== 'matrix') return undefined;
  const rows = Math.floor((range.endMs - range.startMs) / range.stepMs) + 1;
  const times = Array.from({ length: rows }, (_, row) => range.startMs + row * range.stepMs);
  const series = data.result.slice(0, seriesDrawnMax).map(({ metric, values }, index) => {
    const column = new Array<number | null>(rows).fill(null);
    for (const [seconds, text] of values) {
      const row = Math.round((seconds * 1000 - range.startMs) / range.stepMs);
      if (row >= 0 && row < rows) column[row] = parseValue(text);
    }
    const label = formatSeries(metric);
    return { key: label, label, color: index, values: column };
  });
  const pointCount = data.result.reduce((sum, { values }) => sum + values.length, 0);
  return { plot: { times, series }, seriesCount: data.result.length, pointCount };
}

/** Reads a value as the API writes it; Number() does not know its infinities. */
export function parseValue(text: string): number {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  return Number(text);
}
