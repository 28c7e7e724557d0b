import { effect, signal } from '@preact/signals';
import { load, save } from './storage';

export type Theme = 'system' | 'light' | 'dark';

const themes: readonly Theme[] = ['system', 'light', 'dark'];

export const theme = signal<Theme>(themes.find(name => name === load('theme')) ?? 'system');

/** Changes whenever colours do, for what paints on a canvas. */
export const paletteVersion = signal(0);

export function nextTheme(current: Theme): Theme {
  return themes[(themes.indexOf(current) + 1) % themes.length] ?? 'system';
}

/** Keeps the document in step with `theme` and the system. */
export function installTheme(): void {
  effect(() => {
    if (theme.value === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme.value;
    save('theme', theme.value);
    paletteVersion.value = paletteVersion.peek() + 1;
  });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    paletteVersion.value += 1;
  });
}
