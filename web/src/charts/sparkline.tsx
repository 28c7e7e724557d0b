import type { JSX } from 'preact';

const width = 120;
const height = 28;

/** The course of a value, without axes. Older values are on the left. */
export function Sparkline({ values, points }: { values: readonly number[]; points: number }): JSX.Element {
  const top = Math.max(...values, 0) || 1;
  const offset = points - values.length;
  const line = values.map((value, index) => {
    const x = ((offset + index) / (points - 1)) * width;
    const y = height - 2 - (value / top) * (height - 4);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <polyline points={line.join(' ')} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
