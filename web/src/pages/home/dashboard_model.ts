import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { isRetryable, type ServerFrame, type SubscribeRequest } from '../../api/live';
import type { PlotData, TimeRange } from '../../charts/plot_data';
import { LiveConnection, openLiveSocket, type ConnectionState } from '../../live/connection';
import { SeriesStore } from '../../live/series_store';
import { emptyPlot, filesystemQuery, panels, type Panel, type Scope } from './panels';

export interface TimeWindow {
  name: string;
  windowMs: number;
  /** Longer windows have fewer pixels for each second. */
  intervalMs: number;
  rateWindow: string;
}

export const defaultWindow: TimeWindow = {
  name: '5m',
  windowMs: 300_000,
  intervalMs: 1000,
  rateWindow: '5s',
};

export const timeWindows: readonly TimeWindow[] = [
  { name: '1m', windowMs: 60_000, intervalMs: 1000, rateWindow: '5s' },
  defaultWindow,
  { name: '15m', windowMs: 900_000, intervalMs: 2000, rateWindow: '5s' },
  { name: '1h', windowMs: 3_600_000, intervalMs: 5000, rateWindow: '10s' },
];

/** Frames of one evaluation time arrive one by one; they are drawn together. */
const drawDelayMs = 60;
/** A page out of sight for this long gives its connection back. */
const hiddenGraceMs = 10_000;

class PanelState {
  readonly error = signal<string | undefined>(undefined);
  readonly store = new SeriesStore(0);
  /** A frame came since the present subscription was sent. */
  answered = false;

  apply(frame: ServerFrame): void {
    this.answered = true;
    if (frame.type === 'error') {
      this.error.value = isRetryable(frame) ? `${frame.message} (tries again)` : frame.message;
      return;
    }
    this.error.value = undefined;
    if (frame.type === 'history') this.store.applyHistory(frame);
    else this.store.applyData(frame);
  }
}

/** The dashboard's state: one connection, a store for each panel, and what of them is shown. Lives as long as its page. */
export class DashboardModel {
  readonly connection = signal<ConnectionState>({ kind: 'closed' });
  /** Counts drawings; the stores are not signals, what reads them depends on this. */
  readonly drawn = signal(0);
  readonly paused = signal(false);
  readonly range = signal<TimeRange>({ beginMs: Date.now() - defaultWindow.windowMs, endMs: Date.now() });
  readonly filesystems = new PanelState();
  readonly #panels = new Map<string, PanelState>();
  readonly #live: LiveConnection;
  readonly #events = new AbortController();
  #window: TimeWindow | undefined;
  #draw: ReturnType<typeof setTimeout> | undefined;
  #hidden: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    for (const panel of panels) this.#panels.set(panel.id, new PanelState());
    this.#live = new LiveConnection({
      openSocket: openLiveSocket,
      onState: state => {
        this.connection.value = state;
      },
    });
  }

  start(): void {
    const options = { signal: this.#events.signal };
    document.addEventListener(
      'visibilitychange',
      () => {
        this.#visibilityChanged();
      },
      options,
    );
    window.addEventListener(
      'online',
      () => {
        this.#live.open();
      },
      options,
    );
    this.#live.open();
  }

  stop(): void {
    this.#events.abort();
    clearTimeout(this.#draw);
    clearTimeout(this.#hidden);
    this.#live.close();
  }

  /** Asks for another host or window; what is shown stays until the answer is there. */
  subscribe(host: string, window: TimeWindow): void {
    this.#window = window;
    const scope: Scope = { host, rateWindow: window.rateWindow };
    for (const panel of panels) {
      const request = { interval_ms: window.intervalMs, history_ms: window.windowMs };
      this.#add(this.panel(panel.id), window.windowMs, {
        id: panel.id,
        query: panel.query(scope),
        ...request,
      });
    }
    const query = filesystemQuery(scope);
    this.#add(this.filesystems, 0, { id: 'filesystems', query, interval_ms: 5000, history_ms: 5000 });
    this.paused.value = false;
    this.#scheduleDraw();
  }

  panel(id: string): PanelState {
    const state = this.#panels.get(id);
    if (state === undefined) throw new Error(`no panel ${id}`);
    return state;
  }

  /** The panel's columns as of the last drawing. */
  plot(panel: Panel): ReadonlySignal<PlotData> {
    const { store } = this.panel(panel.id);
    return computed(() => {
      if (this.drawn.value === 0) return emptyPlot;
      return { times: [...store.times], series: panel.build(store).map(copyValues) };
    });
  }

  /** Holds the view still, on `range` if one is given; data keeps coming in. */
  pause(range?: TimeRange): void {
    this.paused.value = true;
    if (range !== undefined) this.range.value = range;
  }

  resume(): void {
    this.paused.value = false;
    this.#scheduleDraw();
  }

  retryNow(): void {
    this.#live.open();
  }

  /** Every panel was answered, and none has a value. */
  readonly empty = computed(() => {
    if (this.drawn.value === 0) return false;
    const states = [...this.#panels.values()];
    return states.every(
      ({ answered, store, error }) => answered && store.labels.length === 0 && !error.value,
    );
  });

  #add(state: PanelState, windowMs: number, request: SubscribeRequest): void {
    this.#live.subscribe(request, {
      onBegin: resumed => {
        state.answered = resumed && state.answered;
        state.store.begin(resumed);
      },
      onFrame: frame => {
        state.store.windowMs = windowMs;
        state.apply(frame);
        this.#scheduleDraw();
      },
    });
  }

  #scheduleDraw(): void {
    this.#draw ??= setTimeout(() => {
      this.#draw = undefined;
      if (!this.paused.value) this.#drawNow();
    }, drawDelayMs);
  }

  #drawNow(): void {
    const newest = Math.max(...[...this.#panels.values()].map(({ store }) => store.times.at(-1) ?? 0));
    const endMs = newest > 0 ? newest : Date.now();
    this.range.value = { beginMs: endMs - (this.#window?.windowMs ?? defaultWindow.windowMs), endMs };
    this.drawn.value += 1;
  }

  #visibilityChanged(): void {
    clearTimeout(this.#hidden);
    if (document.visibilityState === 'hidden') {
      this.#hidden = setTimeout(() => {
        this.#live.close();
      }, hiddenGraceMs);
    } else {
      this.#live.open();
    }
  }
}

/** A drawing keeps its own columns, because the store goes on changing while the view is held still. */
function copyValues<T extends { values: unknown[] }>(series: T): T {
  return { ...series, values: [...series.values] };
}
