const firstMs = 500;
const maxMs = 15_000;

/**
 * How long to wait before attempt `attempt` (from 0): doubling from half a second to 15 s, of which a random half is taken off,
 * so that many browsers do not come back to a restarted server at the same moment.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return full * (0.5 + random() / 2);
}
