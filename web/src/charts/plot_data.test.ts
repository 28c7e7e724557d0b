import { describe, expect, test } from 'vitest';
import { hiddenAfter } from './legend';
import { plottedColumns, valueAt, type PlotSeries } from './plot_data';

function series(values: (number | null)[], below = false): PlotSeries {
  return { key: 'k', label: 'k', color: 0, values, below };
}

describe('plottedColumns', () => {
  test('stacks from the first series up, over gaps', () => {
    const columns = plottedColumns('stacked', [
      series([1, 2, null]),
      series([10, null, 30]),
      series([5, 5, 5]),
    ]);
    expect(columns).toEqual([[1, 2, null], [11, null, 30], [16, 7, 35]]); // prettier-ignore
  });

  test('mirrors what belongs below', () => {
    expect(plottedColumns('mirrored', [series([1, 2]), series([3, null], true)])).toEqual([[1, 2], [-3, null]]); // prettier-ignore
  });

  test('what cannot be drawn is a gap', () => {
    expect(plottedColumns('line', [series([1, NaN, Infinity, -Infinity, null])])).toEqual([
      [1, null, null, null, null],
    ]);
    expect(plottedColumns('stacked', [series([NaN]), series([2])])).toEqual([[null], [2]]);
  });
});

test('a value is the one pointed at, or the newest', () => {
  expect(valueAt(series([1, 2, 3]), 0)).toBe(1);
  expect(valueAt(series([1, 2, 3]), undefined)).toBe(3);
  expect(valueAt(series([]), undefined)).toBeNull();
  expect(valueAt(series([1]), 9)).toBeNull();
});

describe('hiddenAfter', () => {
  const keys = ['a', 'b', 'c'];
  const none = new Set<string>();

  test('a choice shows one alone, the same again shows all', () => {
    const alone = hiddenAfter(keys, none, 'b', false);
    expect([...alone]).toEqual(['a', 'c']);
    expect(hiddenAfter(keys, alone, 'b', false).size).toBe(0);
    expect([...hiddenAfter(keys, alone, 'a', false)]).toEqual(['b', 'c']);
  });

  test('with a key it turns one on or off, but never all off', () => {
    const one = hiddenAfter(keys, none, 'a', true);
    expect([...one]).toEqual(['a']);
    expect(hiddenAfter(keys, one, 'a', true).size).toBe(0);
    expect(hiddenAfter(keys, new Set(['a', 'b']), 'c', true).size).toBe(0);
  });
});
