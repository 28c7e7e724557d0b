import { describe, expect, test } from 'vitest';
import { histogramText, withHistogramTexts } from './histogram';

const histogram = {
  count: '6',
  sum: '-2',
  buckets: [
    [1, '-2', '-1', '1'],
    [3, '-1', '1', '2'],
    [0, '1', '+Inf', '3'],
  ],
};
const written = '{count:6, sum:-2, [-2,-1):1, [-1,1]:2, (1,+Inf]:3}';

describe('histogramText', () => {
  test('writes bounds as they belong to their bucket', () => {
    expect(histogramText(histogram)).toBe(written);
    expect(histogramText({ count: '0', sum: '0' })).toBe('{count:0, sum:0}');
  });

  test('writes nothing of what is no histogram', () => {
    expect(histogramText(7)).toBe('');
    expect(histogramText({ buckets: [7] })).toBe('{count:, sum:, }');
  });
});

describe('withHistogramTexts', () => {
  test('puts the histogram of a vector where a value is', () => {
    expect(withHistogramTexts({ metric: { a: 'b' }, histogram: [1.5, histogram] })).toEqual({
      metric: { a: 'b' },
      value: [1.5, written],
    });
  });

  test('puts those of a matrix among its values, in order of time', () => {
    const row = {
      metric: {},
      values: [
        [1, '5'],
        [3, '7'],
      ],
      histograms: [[2, histogram]],
    };
    expect(withHistogramTexts(row)).toEqual({
      metric: {},
      values: [
        [1, '5'],
        [2, written],
        [3, '7'],
      ],
    });
    expect(withHistogramTexts({ metric: {}, histograms: [[2, histogram]] })).toEqual({
      metric: {},
      values: [[2, written]],
    });
  });

  test('leaves other rows alone', () => {
    const row = { metric: {}, values: [[1, '5']] };
    expect(withHistogramTexts(row)).toBe(row);
    expect(withHistogramTexts(5)).toBe(5);
  });
});
