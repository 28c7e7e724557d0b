import { computed } from '@preact/signals';
import { autoStepSeconds, parseDuration, printDuration } from '../../promql/step';
import { address, navigate, withParameters } from '../../router';

export type Tab = 'graph' | 'table';

/** What the address asks for: `/query?expr=up&tab=graph&range=1h&step=15s&end=1700000000`. */
export interface QueryState {
  expr: string;
  tab: Tab;
  rangeSeconds: number;
  /** `undefined`: chosen by the range. */
  stepSeconds: number | undefined;
  /** `undefined`: now. */
  endMs: number | undefined;
}

export const defaultRangeSeconds = 3600;
/** Prometheus and Weir answer at most this many points for a series. */
const pointsMax = 11_000;

export function readState(parameters: URLSearchParams): QueryState {
  const end = Number(parameters.get('end') ?? NaN);
  return {
    expr: parameters.get('expr') ?? '',
    tab: parameters.get('tab') === 'table' ? 'table' : 'graph',
    rangeSeconds: parseDuration(parameters.get('range') ?? '') ?? defaultRangeSeconds,
    stepSeconds: parseDuration(parameters.get('step') ?? ''),
    endMs: Number.isFinite(end) ? end * 1000 : undefined,
  };
}

export const queryState = computed(() => readState(address.value.searchParams));

/** Changes the address, which runs the query again. */
export function changeState(changes: Partial<QueryState>): void {
  const next = { ...queryState.peek(), ...changes };
  const isDefaultRange = next.rangeSeconds === defaultRangeSeconds;
  navigate(
    withParameters({
      expr: next.expr === '' ? undefined : next.expr,
      tab: next.tab,
      range: isDefaultRange ? undefined : printDuration(next.rangeSeconds),
      step: next.stepSeconds === undefined ? undefined : printDuration(next.stepSeconds),
      end: next.endMs === undefined ? undefined : String(next.endMs / 1000),
    }),
  );
}

/** The range to ask for. It begins on a whole step, so that the same points are asked for each time. */
export function resolveRange(
  state: QueryState,
  nowMs: number,
): { startMs: number; endMs: number; stepMs: number } {
  const fewest = state.rangeSeconds / pointsMax;
  const stepSeconds = Math.max(fewest, state.stepSeconds ?? autoStepSeconds(state.rangeSeconds));
  const stepMs = Math.max(1, Math.ceil(stepSeconds * 1000));
  const endMs = state.endMs ?? nowMs;
  const startMs = Math.ceil((endMs - state.rangeSeconds * 1000) / stepMs) * stepMs;
  return { startMs, endMs, stepMs };
}
