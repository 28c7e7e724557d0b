/** Turns numbers into text for people. Every function gives a dash for a value that does not exist. */

export type Unit = 'none' | 'percent' | 'bytes' | 'bytes_per_s' | 'per_s';

export interface Formatted {
  number: string;
  unit: string;
}

const missing = '–';
const decimalPrefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const binaryPrefixes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** Three significant digits without trailing zeros: 1.5, 12.3, 123, 0.00123. */
export function significant(value: number): string {
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  if (magnitude < -4) return value.toExponential(2).replace(/\.?0+e/, 'e');
  return String(Number(value.toFixed(Math.min(8, Math.max(0, 2 - magnitude)))));
}

/** Three digits whatever they are, so that a number that changes each second keeps its width: 6.00, 6.46, 12.0. */
function steady(value: number): string {
  const digits = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return value.toFixed(digits);
}

function scaled(value: number, base: number, prefixes: readonly string[]): Formatted {
  let exponent = 0;
  let rest = value;
  // 999.6 would print as 1000 of its own prefix.
  while (Math.abs(rest) >= base - 0.5 && exponent < prefixes.length - 1) {
    rest /= base;
    ++exponent;
  }
  return { number: exponent === 0 ? significant(rest) : steady(rest), unit: prefixes[exponent] ?? '' };
}

export function formatParts(value: number | null | undefined, unit: Unit): Formatted {
  if (value === null || value === undefined || Number.isNaN(value)) return { number: missing, unit: '' };
  if (!Number.isFinite(value)) return { number: value > 0 ? '∞' : '−∞', unit: '' };
  switch (unit) {
    case 'percent':
      return { number: value >= 9.95 ? value.toFixed(0) : value.toFixed(1), unit: '%' };
    case 'bytes':
      return scaled(value, 1024, binaryPrefixes);
    case 'bytes_per_s': {
      const parts = scaled(value, 1024, binaryPrefixes);
      return { number: parts.number, unit: `${parts.unit}/s` };
    }
    case 'per_s': {
      const parts = scaled(value, 1000, decimalPrefixes);
      return { number: parts.number, unit: `${parts.unit}/s` };
    }
    case 'none':
      return scaled(value, 1000, decimalPrefixes);
  }
}

export function format(value: number | null | undefined, unit: Unit): string {
  const parts = formatParts(value, unit);
  if (parts.unit === '') return parts.number;
  // A prefix of a plain number belongs to it: 12k and 12k/s, but 12 KiB.
  return unit.startsWith('bytes') ? `${parts.number} ${parts.unit}` : `${parts.number}${parts.unit}`;
}

/** The label of an axis: as short as it can be, because it stands for a round value. */
export function formatTick(value: number, unit: Unit): string {
  if (value === 0) return '0';
  if (unit === 'percent') return `${significant(value)}%`;
  return format(value, unit).replace(/\.0+(?!\d)|(\.\d)0(?!\d)/, '$1');
}

/** A whole number with its digits grouped: 1,234,567. */
export function formatInteger(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

const durationUnits: [string, number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
];

/** The two largest units: 3d 4h, 5m 12s, 12s; below ten seconds with a decimal. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return missing;
  if (seconds < 10) return `${Number(seconds.toFixed(1))}s`;
  let rest = Math.floor(seconds);
  const parts: string[] = [];
  for (const [name, size] of durationUnits) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** Milliseconds with a sensible precision: 0.42 ms, 12 ms, 1.2 s. */
export function formatMilliseconds(ms: number): string {
  return ms < 1000 ? `${significant(ms)} ms` : `${significant(ms / 1000)} s`;
}

const two = (value: number) => String(value).padStart(2, '0');

export function formatClock(ms: number, withSeconds = true): string {
  const date = new Date(ms);
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return withSeconds ? `${minutes}:${two(date.getSeconds())}` : minutes;
}

export function formatDate(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function formatDateTime(ms: number): string {
  return `${formatDate(ms)} ${formatClock(ms)}`;
}

/** Labels of a time axis whose ticks are `incrementMs` apart; a tick at midnight names the day. */
export function formatTimeTick(ms: number, incrementMs: number): string {
  if (incrementMs < 60_000) return formatClock(ms);
  const clock = formatClock(ms, false);
  return incrementMs >= 86_400_000 || clock === '00:00' ? formatDate(ms).slice(5) : clock;
}

/** A series as PromQL writes it: `name{a="b"}`. */
export function formatSeries(labels: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  if (pairs.length === 0) return name === '' ? '{}' : name;
  return `${name}{${pairs.join(', ')}}`;
}
