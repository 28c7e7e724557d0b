import { signal } from '@preact/signals';
import { load, save } from '../../storage';

const entriesMax = 50;

function loadHistory(): string[] {
  const stored = load('query-history');
  return Array.isArray(stored) ? stored.filter(item => typeof item === 'string').slice(0, entriesMax) : [];
}

/** Expressions that were run in this browser, newest first, each once. */
export const history = signal<string[]>(loadHistory());

export function remember(expr: string): void {
  if (history.peek()[0] === expr) return;
  history.value = [expr, ...history.peek().filter(old => old !== expr)].slice(0, entriesMax);
  save('query-history', history.value);
}

export function clearHistory(): void {
  history.value = [];
  save('query-history', []);
}
