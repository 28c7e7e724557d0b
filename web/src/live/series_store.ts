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
  /** The column of each index of the subscription. */
  #indexes: number[] = [];
  /** What the next frame goes on from: nothing, or the rows that are there. */
  #begins: 'empty' | 'resumed' | undefined = 'empty';

  constructor(public windowMs: number) {}

  /**
   * The next frame belongs to a new subscription, in which indexes start again. Until it comes, the old data stays; when the
   * subscription is `resumed`, also after that.
   */
  begin(resumed: boolean): void {
    const keeps = resumed && this.#begins !== 'empty';
    this.#begins = keeps ? 'resumed' : 'empty';
  }

  applyHistory(frame: HistoryFrame): void {
    this.#start(frame.truncated);
    for (const labels of frame.new) this.#addSeries(labels);
    this.#rewind(frame.start_ms);
    const length = Math.max(0, ...frame.v.map(column => column.length));
    for (let row = 0; row < length; ++row) {
      frame.v.forEach((column, index) => {
        this.#set(index, column[row] ?? null);
      });
      this.#pushRow(frame.start_ms + row * frame.step_ms);
    }
    this.#trim();
  }

  applyData(frame: DataFrame): void {
    this.#start(false);
    for (const labels of frame.new) this.#addSeries(labels);
    frame.i.forEach((index, position) => {
      this.#set(index, frame.v[position] ?? null);
    });
    for (const index of frame.gone) this.#set(index, null);
    this.#rewind(frame.t);
    this.#pushRow(frame.t);
    this.#trim();
  }

  /** Before the first frame of a subscription; `afresh`: what is there does not reach to that frame. */
  #start(afresh: boolean): void {
    if (this.#begins === undefined) return;
    if (this.#begins === 'empty' || afresh) {
      this.times = [];
      this.labels = [];
      this.columns = [];
    }
    this.#current = this.columns.map(() => null);
    this.#indexes = [];
    this.#begins = undefined;
  }

  /** Gives the next index to these labels, and their column if they have one. */
  #addSeries(labels: Labels): void {
    const key = keyOf(labels);
    const known = this.labels.findIndex(
      (one, column) => !this.#indexes.includes(column) && keyOf(one) === key,
    );
    this.#indexes.push(known >= 0 ? known : this.labels.length);
    if (known >= 0) return;
    this.labels.push(labels);
    this.columns.push(new Array<Value>(this.times.length).fill(null));
    this.#current.push(null);
  }

  #set(index: number, value: Value): void {
    const column = this.#indexes[index];
    if (column !== undefined) this.#current[column] = value;
  }

  #pushRow(t: number): void {
    this.times.push(t);
    this.columns.forEach((column, index) => column.push(this.#current[index] ?? null));
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

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
