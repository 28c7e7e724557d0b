import type { DataFrame, HistoryFrame, Labels, Value } from '../api/live';

/**
 * The series of one live subscription as columns over common times, for the last `windowMs` before the newest time. Frames are
 * applied in the order in which they arrive. One point older than the window is kept, so that a line reaches the chart's edge.
 */
export class SeriesStore {
  /** Ascending, milliseconds since 1970. */
  times: number[] = [];
  labels: Labels[] = [];
  /** One column for each of `labels`, each as long as `times`. */
  columns: Value[][] = [];
  #current: Value[] = [];
  #fresh = true;

  constructor(public windowMs: number) {}

  /** The next frame belongs to a new subscription, in which indexes start again. Until it comes, the old data stays. */
  begin(): void {
    this.#fresh = true;
  }

  applyHistory(frame: HistoryFrame): void {
    this.#clear();
    const length = Math.max(0, ...frame.v.map(column => column.length));
    this.times = Array.from({ length }, (_, row) => frame.start_ms + row * frame.step_ms);
    this.labels = [...frame.new];
    this.columns = frame.new.map((_, index) => padded(frame.v[index] ?? [], length));
    this.#current = this.columns.map(column => column.at(-1) ?? null);
    this.#trim();
  }

  applyData(frame: DataFrame): void {
    if (this.#fresh) this.#clear();
    for (const labels of frame.new) this.#addSeries(labels);
    frame.i.forEach((index, position) => {
      this.#set(index, frame.v[position] ?? null);
    });
    for (const index of frame.gone) this.#set(index, null);
    this.#rewind(frame.t);
    this.times.push(frame.t);
    this.columns.forEach((column, index) => column.push(this.#current[index] ?? null));
    this.#trim();
  }

  #clear(): void {
    this.times = [];
    this.labels = [];
    this.columns = [];
    this.#current = [];
    this.#fresh = false;
  }

  #addSeries(labels: Labels): void {
    this.labels.push(labels);
    this.columns.push(new Array<Value>(this.times.length).fill(null));
    this.#current.push(null);
  }

  #set(index: number, value: Value): void {
    if (index >= 0 && index < this.#current.length) this.#current[index] = value;
  }

  /** Forgets the rows at or after `t`: the server's clock may be set back, and times must ascend. */
  #rewind(t: number): void {
    let length = this.times.length;
    while (length > 0 && (this.times[length - 1] ?? 0) >= t) --length;
    if (length === this.times.length) return;
    this.times.length = length;
    for (const column of this.columns) column.length = length;
  }

  #trim(): void {
    const oldest = (this.times.at(-1) ?? 0) - this.windowMs;
    let drop = 0;
    while ((this.times[drop + 1] ?? Infinity) <= oldest) ++drop;
    if (drop === 0) return;
    this.times.splice(0, drop);
    for (const column of this.columns) column.splice(0, drop);
  }
}

function padded(column: Value[], length: number): Value[] {
  const missing = length - column.length;
  return missing === 0 ? [...column] : [...column, ...new Array<Value>(missing).fill(null)];
}
