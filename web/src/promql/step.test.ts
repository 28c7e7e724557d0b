import { describe, expect, test } from 'vitest';
import { autoStepSeconds, parseDuration, printDuration } from './step';

test('the automatic step bounds the points', () => {
  expect(autoStepSeconds(60)).toBe(1);
  expect(autoStepSeconds(3600)).toBe(10);
  expect(autoStepSeconds(86_400)).toBe(300);
  for (const range of [1, 60, 3600, 86_400, 7 * 86_400, 1e9]) {
    expect(range / autoStepSeconds(range)).toBeLessThanOrEqual(500);
  }
});

describe('durations', () => {
  test.each([
    ['90s', 90],
    ['1h30m', 5400],
    ['2w', 1_209_600],
    ['15', 15],
    ['0.5', 0.5],
  ])('%s is %d s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each(['', '0', '0s', '-5m', 'h', '5y', '1 h', '1h30'])('refuses %j', text => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test.each([1, 59, 90, 3600, 5400, 86_400, 604_800, 700_000, 0.25])('%d s reads back', seconds => {
    expect(parseDuration(printDuration(seconds))).toBe(seconds);
  });
});
