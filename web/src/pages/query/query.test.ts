import { describe, expect, test, vi } from 'vitest';

vi.mock('../../router', () => ({
  address: { value: new URL('http://weir/query') },
  navigate: vi.fn(),
  withParameters: vi.fn(),
}));

const { drawMatrix, parseValue, seriesDrawnMax } = await import('./matrix');
const { readState, resolveRange } = await import('./query_state');

describe('readState', () => {
  test('reads the address', () => {
    expect(readState(new URLSearchParams('expr=up&tab=table&range=5m&step=15s&end=1700000000'))).toEqual({
      expr: 'up',
      tab: 'table',
      rangeSeconds: 300,
      stepSeconds: 15,
      endMs: 1_700_000_000_000,
    });
  });

  test('has defaults for what is absent or makes no sense', () => {
    const defaults = { expr: '', tab: 'graph', rangeSeconds: 3600, stepSeconds: undefined, endMs: undefined };
    expect(readState(new URLSearchParams())).toEqual(defaults);
    expect(readState(new URLSearchParams('tab=x&range=-1&step=0&end=now'))).toEqual(defaults);
  });
});

describe('resolveRange', () => {
  const state = {
    expr: 'up',
    tab: 'graph',
    rangeSeconds: 3600,
    stepSeconds: undefined,
    endMs: undefined,
  } as const;

  test('begins on a whole step', () => {
    const { startMs, endMs, stepMs } = resolveRange(state, 1_700_000_003_456);
    expect(stepMs).toBe(10_000);
    expect(startMs % stepMs).toBe(0);
    expect(endMs).toBe(1_700_000_003_456);
  });

  test('widens a step that would give too many points', () => {
    const { startMs, endMs, stepMs } = resolveRange(
      { ...state, rangeSeconds: 604_800, stepSeconds: 1 },
      1.7e12,
    );
    expect((endMs - startMs) / stepMs).toBeLessThanOrEqual(11_000);
  });
});

describe('drawMatrix', () => {
  const range = { startMs: 10_000, endMs: 40_000, stepMs: 10_000 };

  test('leaves steps without a point open', () => {
    const drawing = drawMatrix(
      { resultType: 'matrix', result: [{ metric: { __name__: 'up' }, values: [[10, '1'], [30, 'NaN'], [40, '+Inf']] }] }, // prettier-ignore
      range,
    );
    expect(drawing?.plot.times).toEqual([10_000, 20_000, 30_000, 40_000]);
    expect(drawing?.plot.series[0]?.values).toEqual([1, null, NaN, Infinity]);
    expect(drawing?.pointCount).toBe(3);
  });

  test('draws a bounded number of series, and says how many there are', () => {
    const result = Array.from({ length: 250 }, (_, index) => ({ metric: { n: String(index) }, values: [] }));
    const drawing = drawMatrix({ resultType: 'matrix', result }, range);
    expect(drawing?.plot.series).toHaveLength(seriesDrawnMax);
    expect(drawing?.seriesCount).toBe(250);
  });

  test('has nothing to draw for other results', () => {
    expect(drawMatrix({ resultType: 'scalar', result: [1, '2'] }, range)).toBeUndefined();
  });
});

test('values are read as the API writes them', () => {
  expect(['1e3', '+Inf', '-Inf', 'NaN'].map(parseValue)).toEqual([1000, Infinity, -Infinity, NaN]);
});
