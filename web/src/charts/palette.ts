/** Colours come from the style sheet, so that a theme is one place; a canvas needs them as values. */
export const colorCount = 12;

export interface Palette {
  series: string[];
  text: string;
  grid: string;
  surface: string;
}

/** Name of the custom property that holds colour `index`. */
export function colorVariable(index: number): string {
  return `var(--series-${(index % colorCount) + 1})`;
}

/** Reads the colours of the present theme. */
export function readPalette(): Palette {
  const probe = document.createElement('span');
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const resolve = (value: string): string => {
    probe.style.color = value;
    return style.color;
  };
  const palette = {
    series: Array.from({ length: colorCount }, (_, index) => resolve(colorVariable(index))),
    text: resolve('var(--text-muted)'),
    grid: resolve('var(--grid)'),
    surface: resolve('var(--surface)'),
  };
  probe.remove();
  return palette;
}

/** The same colour, `alpha` opaque; `color` as getComputedStyle writes it. */
export function withAlpha(color: string, alpha: number): string {
  const channels = color.match(/[\d.]+/g) ?? [];
  return `rgba(${channels.slice(0, 3).join(',')},${alpha})`;
}
