import { expect, test } from 'vitest';
import { backoffMs } from './backoff';

test('doubles up to a limit', () => {
  const full = () => 1;
  expect([0, 1, 2, 3].map(attempt => backoffMs(attempt, full))).toEqual([500, 1000, 2000, 4000]);
  expect(backoffMs(10, full)).toBe(15_000);
  expect(backoffMs(1e6, full)).toBe(15_000);
});

test('chance takes off at most half', () => {
  expect(backoffMs(0, () => 0)).toBe(250);
});
