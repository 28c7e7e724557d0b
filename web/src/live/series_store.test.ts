import { describe, expect, test } from 'vitest';
import type { DataFrame, HistoryFrame } from '../api/live';
import { SeriesStore } from './series_store';

const a = { __name__: 'a' };
const b = { __name__: 'b' };

function data(t: number, fields: Partial<DataFrame> = {}): DataFrame {
  return { type: 'data', id: 'x', seq: 1, t, token: undefined, new: [], i: [], v: [], gone: [], ...fields };
}

function history(fields: Partial<HistoryFrame> = {}): HistoryFrame {
  return {
    type: 'history',
    id: 'x',
    start_ms: 1000,
    step_ms: 1000,
    token: undefined,
    truncated: false,
    new: [a],
    v: [[1, 2, 3]],
    ...fields,
  };
}

describe('SeriesStore', () => {
  test('takes a history as its columns', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history({ new: [a, b], v: [[1, 2, 3], [null, 5, 6]] })); // prettier-ignore
    expect(store.times).toEqual([1000, 2000, 3000]);
    expect(store.labels).toEqual([a, b]);
    expect(store.columns).toEqual([[1, 2, 3], [null, 5, 6]]); // prettier-ignore
  });

  test('a value that is not sent again goes on', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history({ new: [a, b], v: [[3], [6]] }));
    store.applyData(data(2000, { i: [1], v: [7] }));
    store.applyData(data(3000));
    expect(store.columns).toEqual([[3, 3, 3], [6, 7, 7]]); // prettier-ignore
  });

  test('a series that is gone has no value until it comes back', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history({ v: [[1]] }));
    store.applyData(data(2000, { gone: [0] }));
    store.applyData(data(3000));
    store.applyData(data(4000, { i: [0], v: [9] }));
    expect(store.columns).toEqual([[1, null, null, 9]]);
  });

  test('a new series has no past', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history({ v: [[1]] }));
    store.applyData(data(2000, { new: [b], i: [1], v: [5] }));
    expect(store.labels).toEqual([a, b]);
    expect(store.columns).toEqual([[1, 1], [null, 5]]); // prettier-ignore
  });

  test('works without a history', () => {
    const store = new SeriesStore(10_000);
    store.applyData(data(1000, { new: [a], i: [0], v: [4] }));
    expect(store.times).toEqual([1000]);
    expect(store.columns).toEqual([[4]]);
  });

  test('keeps the old data until a new subscription answers', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history());
    store.begin(false);
    expect(store.times).toHaveLength(3);
    store.applyHistory(history({ new: [b], v: [[8]] }));
    expect(store.labels).toEqual([b]);
    expect(store.columns).toEqual([[8]]);
  });

  test('a new subscription without a history starts its indexes again', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history());
    store.begin(false);
    store.applyData(data(9000, { new: [b], i: [0], v: [8] }));
    expect(store.labels).toEqual([b]);
    expect(store.times).toEqual([9000]);
  });

  test('goes on where it was when the subscription is resumed', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history({ new: [a, b], v: [[1, 2], [5, 6]] })); // prettier-ignore
    store.begin(true);
    expect(store.times).toEqual([1000, 2000]);
    // Indexes start again: b is the first now, and a has gone.
    store.applyHistory(history({ start_ms: 3000, new: [b], v: [[7, null]] }));
    store.applyData(data(5000, { new: [{ x: 'c' }], i: [0, 1], v: [8, 9] }));
    expect(store.times).toEqual([1000, 2000, 3000, 4000, 5000]);
    expect(store.labels).toEqual([a, b, { x: 'c' }]);
    expect(store.columns).toEqual([
      [1, 2, null, null, null],
      [5, 6, 7, null, 8],
      [null, null, null, null, 9],
    ]);
  });

  test('starts anew when what it resumed from is too long ago, or never came', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history());
    store.begin(true);
    store.applyHistory(history({ start_ms: 9000, truncated: true, new: [b], v: [[8]] }));
    expect(store.labels).toEqual([b]);
    expect(store.times).toEqual([9000]);
    store.begin(false);
    store.begin(true);
    store.applyData(data(10_000, { new: [a], i: [0], v: [1] }));
    expect(store.times).toEqual([10_000]);
  });

  test('forgets what is older than the window, but for one point', () => {
    const store = new SeriesStore(3000);
    for (let second = 1; second <= 10; ++second) {
      store.applyData(
        data(second * 1000, second === 1 ? { new: [a], i: [0], v: [1] } : { i: [0], v: [second] }),
      );
    }
    expect(store.times).toEqual([7000, 8000, 9000, 10_000]);
    expect(store.columns).toEqual([[7, 8, 9, 10]]);
    store.applyData(data(11_500));
    expect(store.times).toEqual([8000, 9000, 10_000, 11_500]);
  });

  test('times ascend also when the clock of the server was set back', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history());
    store.applyData(data(2000, { i: [0], v: [20] }));
    expect(store.times).toEqual([1000, 2000]);
    expect(store.columns).toEqual([[1, 20]]);
  });

  test('ignores indexes that were never named', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history({ v: [[1]] }));
    store.applyData(data(2000, { i: [5, -1, 0], v: [9, 9, 2], gone: [7] }));
    expect(store.columns).toEqual([[1, 2]]);
  });

  test('fills up columns that are too short', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history({ new: [a, b], v: [[1, 2]] }));
    expect(store.columns).toEqual([[1, 2], [null, null]]); // prettier-ignore
  });

  test('an empty history is empty', () => {
    const store = new SeriesStore(10_000);
    store.applyHistory(history({ new: [], v: [] }));
    expect(store.times).toEqual([]);
    store.applyData(data(1000));
    expect(store.times).toEqual([1000]);
  });
});
