import { useComputed, useSignal, useSignalEffect, type ReadonlySignal, type Signal } from '@preact/signals';
import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { format, formatDateTime, type Unit } from '../format';
import { paletteVersion } from '../theme';
import { colorVariable } from './palette';
import { valueAt, type PlotData, type PlotKind, type TimeRange } from './plot_data';
import { PlotView } from './plot_view';

export interface ChartCursor {
  row: number | undefined;
  left: number;
  top: number;
}

export interface TimeChartProps {
  label: string;
  kind: PlotKind;
  unit: Unit;
  height: number;
  data: ReadonlySignal<PlotData>;
  range: ReadonlySignal<TimeRange>;
  hidden: ReadonlySignal<ReadonlySet<string>>;
  /** Where the cursor is, written by the chart. */
  cursor: Signal<ChartCursor>;
  syncKey?: string;
  yMin?: number;
  yMax?: number;
  /** Also shows the series nearest to the cursor beside it. */
  tooltip?: boolean;
  onSelect: (range: TimeRange) => void;
  onReset: () => void;
}

export const noCursor: ChartCursor = { row: undefined, left: -1, top: -1 };

/** A chart over time. The arrow keys move its cursor; dragging chooses a time range; a double click takes the choice back. */
export function TimeChart(props: TimeChartProps): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const view = useSignal<PlotView | undefined>(undefined);
  const focus = useSignal<string | undefined>(undefined);
  // The plot outlives a rendering, and calls what the newest one was given.
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const element = root.current;
    if (element === null) return undefined;
    const { kind, unit, height, syncKey, yMin, yMax } = props;
    const plot = new PlotView(
      element,
      { kind, unit, height, syncKey, yMin, yMax },
      {
        onCursor: (row, left, top) => {
          const { cursor } = latest.current;
          const now = cursor.peek();
          if (now.row !== row || now.left !== left || now.top !== top) cursor.value = { row, left, top };
        },
        onFocus: key => {
          focus.value = key;
        },
        onSelect: range => {
          latest.current.onSelect(range);
        },
      },
    );
    const observer = new ResizeObserver(() => {
      plot.resize(Math.floor(element.clientWidth));
    });
    observer.observe(element);
    view.value = plot;
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, []);

  useSignalEffect(() => {
    view.value?.update(props.data.value, props.hidden.value, props.range.value, paletteVersion.value);
  });

  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      view.value?.moveCursor(step);
    } else if (event.key === 'Escape') {
      view.value?.hideCursor();
      props.onReset();
    }
  };

  return (
    <div class="plot">
      <div
        ref={root}
        class="plot-canvas"
        role="img"
        aria-label={props.label}
        data-points={props.data.value.times.length}
        data-newest={props.data.value.times.at(-1)}
        tabIndex={0}
        style={{ height: `${props.height}px` }}
        onKeyDown={onKeyDown}
        onBlur={() => view.value?.hideCursor()}
        onDblClick={props.onReset}
      />
      {props.tooltip === true && <Tooltip {...props} focus={focus} />}
    </div>
  );
}

function Tooltip(props: TimeChartProps & { focus: ReadonlySignal<string | undefined> }): JSX.Element | null {
  const content = useComputed(() => {
    const { row, left, top } = props.cursor.value;
    const { times, series } = props.data.value;
    const time = row === undefined ? undefined : times[row];
    if (time === undefined) return null;
    const focused = series.length === 1 ? series[0] : series.find(one => one.key === props.focus.value);
    return { time, left, top, row, focused };
  });
  if (content.value === null) return null;
  const { time, left, top, row, focused } = content.value;
  return (
    <div
      class={`plot-tooltip ${left > 320 ? 'to-left' : ''}`}
      aria-hidden="true"
      style={{ left: `${left + 58}px`, top: `${top}px` }}
    >
      <div class="muted">{formatDateTime(time)}</div>
      {focused !== undefined && (
        <div class="plot-tooltip-series">
          <span class="swatch" style={{ background: colorVariable(focused.color) }} />
          <b>{format(valueAt(focused, row), props.unit)}</b> <span>{focused.label}</span>
        </div>
      )}
    </div>
  );
}
