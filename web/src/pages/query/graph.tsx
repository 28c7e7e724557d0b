import { useComputed, useSignal, type ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Legend } from '../../charts/legend';
import { noCursor, TimeChart, type ChartCursor } from '../../charts/time_chart';
import { formatInteger } from '../../format';
import { seriesDrawnMax, type Drawing } from './matrix';
import { changeState } from './query_state';

export interface GraphProps {
  expr: string;
  drawing: ReadonlySignal<Drawing>;
  range: ReadonlySignal<{ startMs: number; endMs: number }>;
}

function zoom(beginMs: number, endMs: number): void {
  changeState({
    rangeSeconds: Math.max(1, Math.round((endMs - beginMs) / 1000)),
    endMs: Math.round(endMs / 1000) * 1000,
    stepSeconds: undefined,
  });
}

export function Graph({ expr, drawing, range }: GraphProps): JSX.Element {
  // Which series are hidden is a matter of one expression.
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  useMemo(() => {
    hidden.value = new Set();
  }, [expr]);
  const cursor = useSignal<ChartCursor>(noCursor);
  const data = useComputed(() => drawing.value.plot);
  const shown = useComputed(() => ({ beginMs: range.value.startMs, endMs: range.value.endMs }));
  const { seriesCount } = drawing.value;
  return (
    <div class="query-graph">
      {seriesCount > seriesDrawnMax && (
        <p class="note">
          The first {seriesDrawnMax} of {formatInteger(seriesCount)} series are drawn. Narrow the selector, or
          aggregate, to see the others.
        </p>
      )}
      <TimeChart
        label={`Graph of ${expr}, ${seriesCount} series`}
        kind="line"
        unit="none"
        height={400}
        data={data}
        range={shown}
        hidden={hidden}
        cursor={cursor}
        tooltip
        onSelect={({ beginMs, endMs }) => {
          zoom(beginMs, endMs);
        }}
        onReset={() => {
          changeState({ endMs: undefined });
        }}
      />
      <Legend data={data} cursor={cursor} hidden={hidden} unit="none" rows />
    </div>
  );
}
