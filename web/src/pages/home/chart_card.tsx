import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Legend } from '../../charts/legend';
import { noCursor, TimeChart, type ChartCursor } from '../../charts/time_chart';
import { valueAt } from '../../charts/plot_data';
import { format, formatClock } from '../../format';
import type { DashboardModel } from './dashboard_model';
import type { Panel } from './panels';

export function ChartCard({ panel, model }: { panel: Panel; model: DashboardModel }): JSX.Element {
  const data = useMemo(() => model.plot(panel), [model, panel]);
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const cursor = useSignal<ChartCursor>(noCursor);
  const error = model.panel(panel.id).error.value;
  const empty = useComputed(() => data.value.series.length === 0);
  const summary = useComputed(() => {
    const values = data.value.series.map(
      one => `${one.label} ${format(valueAt(one, undefined), panel.unit)}`,
    );
    return `${panel.title}, ${panel.note}. ${values.length === 0 ? 'No data' : `Now: ${values.join(', ')}`}`;
  });
  return (
    <section
      class={panel.wide === true ? 'card chart-card wide' : 'card chart-card'}
      id={`panel-${panel.id}`}
    >
      <header class="card-header">
        <h2>{panel.title}</h2>
        <span class="muted">{panel.note}</span>
        <CursorTime cursor={cursor} times={data.value.times} />
      </header>
      <TimeChart
        label={summary.value}
        kind={panel.kind}
        unit={panel.unit}
        height={148}
        data={data}
        range={model.range}
        hidden={hidden}
        cursor={cursor}
        syncKey="dashboard"
        {...(panel.yMin === undefined ? {} : { yMin: panel.yMin })}
        {...(panel.yMax === undefined ? {} : { yMax: panel.yMax })}
        onSelect={range => {
          model.pause(range);
        }}
        onReset={() => {
          model.resume();
        }}
      />
      {error !== undefined && (
        <p class="card-note bad" role="alert">
          {error}
        </p>
      )}
      {error === undefined && empty.value ? (
        <p class="card-note muted">{noData(model)}</p>
      ) : (
        <Legend data={data} cursor={cursor} hidden={hidden} unit={panel.unit} />
      )}
    </section>
  );
}

/** Why there is nothing to draw. */
export function noData(model: DashboardModel): string {
  return model.drawn.value === 0 ? 'Waiting for data' : 'Not reported by this host';
}

function CursorTime({
  cursor,
  times,
}: {
  cursor: { value: ChartCursor };
  times: number[];
}): JSX.Element | null {
  const { row } = cursor.value;
  const time = row === undefined ? undefined : times[row];
  return time === undefined ? null : <time class="cursor-time">{formatClock(time)}</time>;
}
