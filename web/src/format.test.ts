import { describe, expect, test } from 'vitest';
import {
  format,
  formatDuration,
  formatMilliseconds,
  formatParts,
  formatSeries,
  formatTick,
  formatTimeTick,
  significant,
} from './format';

describe('significant', () => {
  test.each([
    [0, '0'],
    [1, '1'],
    [1.5, '1.5'],
    [12.345, '12.3'],
    [123.4, '123'],
    [0.00123456, '0.00123'],
    [-2.5, '-2.5'],
    [1.234e-9, '1.23e-9'],
    [1e-9, '1e-9'],
  ])('%d is %s', (value, text) => {
    expect(significant(value)).toBe(text);
  });
});

describe('format', () => {
  test.each([
    [0, 'none', '0'],
    [999, 'none', '999'],
    [999.7, 'none', '1.00k'],
    [1_234_567, 'none', '1.23M'],
    [1_000, 'per_s', '1.00k/s'],
    [7, 'per_s', '7/s'],
    [0, 'bytes', '0 B'],
    [1023, 'bytes', '1023 B'],
    [1536, 'bytes', '1.50 KiB'],
    [2 ** 60, 'bytes', '1.00 EiB'],
    [2 ** 80, 'bytes', '1048576 EiB'],
    [1024, 'bytes_per_s', '1.00 KiB/s'],
    [4.25, 'percent', '4.3%'],
    [9.96, 'percent', '10%'],
    [100, 'percent', '100%'],
  ] as const)('%d as %s is %s', (value, unit, text) => {
    expect(format(value, unit)).toBe(text);
  });

  test('shows what is no number as such', () => {
    expect(format(null, 'bytes')).toBe('–');
    expect(format(undefined, 'none')).toBe('–');
    expect(format(NaN, 'percent')).toBe('–');
    expect(format(Infinity, 'none')).toBe('∞');
    expect(format(-Infinity, 'per_s')).toBe('−∞');
  });

  test('keeps the unit apart for large type', () => {
    expect(formatParts(2_500, 'per_s')).toEqual({ number: '2.50', unit: 'k/s' });
  });

  test('is short on an axis', () => {
    expect(formatTick(0, 'bytes_per_s')).toBe('0');
    expect(formatTick(5, 'percent')).toBe('5%');
    expect(formatTick(2.5, 'percent')).toBe('2.5%');
    expect(formatTick(1000, 'per_s')).toBe('1k/s');
    expect(formatTick(1500, 'none')).toBe('1.5k');
    expect(formatTick(16 * 2 ** 30, 'bytes')).toBe('16 GiB');
    expect(formatTick(100 * 2 ** 20, 'bytes')).toBe('100 MiB');
    expect(formatTick(1.25 * 2 ** 20, 'bytes')).toBe('1.25 MiB');
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0s'],
    [9.87, '9.9s'],
    [12, '12s'],
    [312, '5m 12s'],
    [3600, '1h'],
    [3_605, '1h'],
    [90_000, '1d 1h'],
    [-1, '–'],
    [NaN, '–'],
  ])('%d s is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

test('milliseconds become seconds from one second on', () => {
  expect(formatMilliseconds(0.42)).toBe('0.42 ms');
  expect(formatMilliseconds(999)).toBe('999 ms');
  expect(formatMilliseconds(1234)).toBe('1.23 s');
});

test('a time axis shows seconds, minutes, and the day at midnight', () => {
  const noon = new Date(2024, 2, 5, 12, 30, 15).getTime();
  const midnight = new Date(2024, 2, 5).getTime();
  expect(formatTimeTick(noon, 1000)).toBe('12:30:15');
  expect(formatTimeTick(noon, 60_000)).toBe('12:30');
  expect(formatTimeTick(midnight, 60_000)).toBe('03-05');
  expect(formatTimeTick(noon, 86_400_000)).toBe('03-05');
});

describe('formatSeries', () => {
  test('writes a selector', () => {
    expect(formatSeries({ __name__: 'up', job: 'a"b', zone: 'x' })).toBe('up{job="a\\"b", zone="x"}');
    expect(formatSeries({ __name__: 'up' })).toBe('up');
    expect(formatSeries({ mode: 'idle' })).toBe('{mode="idle"}');
    expect(formatSeries({})).toBe('{}');
  });
});
