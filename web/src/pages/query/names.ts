import { signal } from '@preact/signals';
import { labelNames, labelValues, metricDescriptions, type MetricDescription } from '../../api/prometheus';

const maxAgeMs = 60_000;

/** Names for completion. Without them the editor works, only without suggestions. */
export const metrics = signal<readonly string[]>([]);
export const labels = signal<readonly string[]>([]);
/** Of what is in `metrics`; never there without it, and perhaps empty. */
export const descriptions = signal<ReadonlyMap<string, MetricDescription>>(new Map());
let fetchedAtMs = -Infinity;

export async function refreshNames(): Promise<void> {
  if (performance.now() - fetchedAtMs < maxAgeMs) return;
  fetchedAtMs = performance.now();
  const timeout = AbortSignal.timeout(10_000);
  try {
    [descriptions.value, metrics.value, labels.value] = await Promise.all([
      metricDescriptions(timeout).catch(() => new Map<string, MetricDescription>()),
      labelValues('__name__', timeout),
      labelNames(timeout),
    ]);
  } catch {
    fetchedAtMs = -Infinity;
  }
}
