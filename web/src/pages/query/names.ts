import { signal } from '@preact/signals';
import { labelNames, labelValues } from '../../api/prometheus';

const maxAgeMs = 60_000;

/** Names for completion. Without them the editor works, only without suggestions. */
export const metrics = signal<readonly string[]>([]);
export const labels = signal<readonly string[]>([]);
let fetchedAtMs = -Infinity;

export async function refreshNames(): Promise<void> {
  if (performance.now() - fetchedAtMs < maxAgeMs) return;
  fetchedAtMs = performance.now();
  const timeout = AbortSignal.timeout(10_000);
  try {
    [metrics.value, labels.value] = await Promise.all([
      labelValues('__name__', timeout),
      labelNames(timeout),
    ]);
  } catch {
    fetchedAtMs = -Infinity;
  }
}
