const niceSeconds = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
];

/** The smallest round step that gives at most `pointsMax` points over the range. */
export function autoStepSeconds(rangeSeconds: number, pointsMax = 500): number {
  const wanted = rangeSeconds / pointsMax;
  return niceSeconds.find(step => step >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Reads `90s`, `1h30m`, `7d` or a plain number of seconds; `undefined` for anything else, and for zero. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) || undefined;
  if (!/^(\d+[smhdw])+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g)) {
    seconds += Number(count) * (unitSeconds[unit ?? ''] ?? 0);
  }
  return seconds || undefined;
}

/** Writes seconds so that `parseDuration` reads them back: 5400 is `1h30m`. */
export function printDuration(seconds: number): string {
  if (!Number.isInteger(seconds)) return String(seconds);
  let rest = seconds;
  let text = '';
  for (const [unit, size] of Object.entries(unitSeconds).sort(([, a], [, b]) => b - a)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}
