import { labelValues } from '../../api/prometheus';

export const job = 'job="weir-host"';

/** The hosts that sent samples in the last ten minutes. Empty also when that cannot be known. */
export async function recentHosts(signal: AbortSignal): Promise<string[]> {
  try {
    const sinceMs = Date.now() - 600_000;
    return await labelValues('instance', signal, { match: `node_load1{${job}}`, sinceMs });
  } catch {
    return [];
  }
}

/** Matchers of one host; of whichever there is when none is chosen. */
export function hostMatchers(instance: string | undefined): string {
  return instance === undefined ? job : `${job},instance=${JSON.stringify(instance)}`;
}
