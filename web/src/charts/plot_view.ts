import uPlot from 'uplot';
import { readPalette } from './palette';
import { plottedColumns, type PlotData, type PlotSeries, type TimeRange } from './plot_data';
import { plotOptions, type PlotSettings } from './plot_options';

export interface PlotEvents {
  /** The row under the cursor; `undefined` when the cursor left. `left` and `top` are pixels inside the plot. */
  onCursor: (row: number | undefined, left: number, top: number) => void;
  /** The series nearest to the cursor. */
  onFocus: (key: string | undefined) => void;
  /** The user chose a part of the time axis. */
  onSelect: (range: TimeRange) => void;
}

/** One uPlot and what it shows. The plot is made again only when its series or colours change; otherwise data flows in. */
export class PlotView {
  #plot: uPlot | undefined;
  #shape = '';
  #visible: PlotSeries[] = [];
  #times: number[] = [];
  #range: TimeRange = { beginMs: 0, endMs: 1 };
  #width = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly settings: PlotSettings,
    private readonly events: PlotEvents,
  ) {}

  /** Shows `data` without the series whose keys are hidden. A new `paletteVersion` reads the colours again. */
  update(data: PlotData, hidden: ReadonlySet<string>, range: TimeRange, paletteVersion: number): void {
    this.#visible = data.series.filter(series => !hidden.has(series.key));
    this.#times = data.times;
    this.#range = range;
    if (this.#width === 0) return;
    const shape = JSON.stringify([paletteVersion, this.#visible.map(series => [series.key, series.color])]);
    if (this.#plot === undefined || shape !== this.#shape) this.#rebuild();
    else this.#plot.setData(this.#aligned());
    this.#shape = shape;
  }

  resize(width: number): void {
    if (width === this.#width || width === 0) return;
    this.#width = width;
    if (this.#plot === undefined) this.#rebuild();
    else this.#plot.setSize({ width, height: this.settings.height });
  }

  /** Moves the cursor by whole points; from outside it enters at the newest one. */
  moveCursor(step: number): void {
    const plot = this.#plot;
    if (plot === undefined || this.#times.length === 0) return;
    const last = this.#times.length - 1;
    const from = plot.cursor.idx ?? last + (step < 0 ? 1 : 0);
    const row = Math.min(last, Math.max(0, from + step));
    plot.setCursor({ left: plot.valToPos(this.#times[row] ?? 0, 'x'), top: plot.over.clientHeight / 2 });
  }

  hideCursor(): void {
    this.#plot?.setCursor({ left: -10, top: -10 });
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #aligned(): uPlot.AlignedData {
    return [this.#times, ...plottedColumns(this.settings.kind, this.#visible)];
  }

  #rebuild(): void {
    this.#plot?.destroy();
    const options = plotOptions(this.settings, this.#visible, readPalette(), this.#width, () => this.#range);
    options.hooks = {
      setCursor: [
        plot => {
          const { idx, left = -1, top = -1 } = plot.cursor;
          this.events.onCursor(left < 0 ? undefined : (idx ?? undefined), left, top);
        },
      ],
      setSeries: [
        (_plot, index) => {
          this.events.onFocus(index === null ? undefined : this.#visible[index - 1]?.key);
        },
      ],
      setSelect: [
        plot => {
          this.#select(plot);
        },
      ],
    };
    this.#plot = new uPlot(options, this.#aligned(), this.root);
  }

  #select(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    const range = { beginMs: plot.posToVal(left, 'x'), endMs: plot.posToVal(left + width, 'x') };
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (range.endMs - range.beginMs >= 1000) this.events.onSelect(range);
  }
}
