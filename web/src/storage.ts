/** localStorage that may be full, forbidden or hold what another version wrote. */
const prefix = 'weir.';

export function load(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(prefix + key) ?? 'null') as unknown;
  } catch {
    return null;
  }
}

export function save(key: string, value: unknown): void {
  try {
    localStorage.setItem(prefix + key, JSON.stringify(value));
  } catch {
    // What cannot be remembered is not worth an error: the console works without.
  }
}
