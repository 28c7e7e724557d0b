import type { ReadonlySignal, Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { format, type Unit } from '../format';
import { colorVariable } from './palette';
import { valueAt, type PlotData } from './plot_data';
import type { ChartCursor } from './time_chart';

export interface LegendProps {
  data: ReadonlySignal<PlotData>;
  cursor: ReadonlySignal<ChartCursor>;
  hidden: Signal<ReadonlySet<string>>;
  unit: Unit;
  /** One series a line, for long names. */
  rows?: boolean;
}

/** Which series are hidden after a choice: a plain one shows that series alone, or all again; `add` turns one on or off. */
export function hiddenAfter(
  keys: readonly string[],
  hidden: ReadonlySet<string>,
  chosen: string,
  add: boolean,
): ReadonlySet<string> {
  if (add) {
    const next = new Set(hidden);
    if (!next.delete(chosen)) next.add(chosen);
    return next.size === keys.length ? new Set() : next;
  }
  const alone = !hidden.has(chosen) && keys.every(key => key === chosen || hidden.has(key));
  return alone ? new Set() : new Set(keys.filter(key => key !== chosen));
}

/** Names, colours and values of a chart's series: at the cursor, or the newest. */
export function Legend({ data, cursor, hidden, unit, rows }: LegendProps): JSX.Element {
  const { series } = data.value;
  const row = cursor.value.row;
  const keys = series.map(one => one.key);
  return (
    <ul class={rows === true ? 'legend legend-rows' : 'legend'} aria-label="Series">
      {series.map(one => (
        <li key={one.key}>
          <button
            type="button"
            aria-pressed={!hidden.value.has(one.key)}
            title="Show alone; with Ctrl or Shift: hide or show"
            onClick={event => {
              const add = event.ctrlKey || event.metaKey || event.shiftKey;
              hidden.value = hiddenAfter(keys, hidden.value, one.key, add);
            }}
          >
            <span class="swatch" style={{ background: colorVariable(one.color) }} />
            <span class="legend-label">{one.label}</span>
            <span class="legend-value">{format(valueAt(one, row), unit)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
