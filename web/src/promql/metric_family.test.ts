import { expect, test } from 'vitest';
import { describeMetric } from './metric_family';

const seconds = { type: 'histogram', help: 'How long requests took.' };
const up = { type: 'gauge', help: '' };
const descriptions = new Map([
  ['request_seconds', seconds],
  ['up', up],
]);

test('a metric is described by itself or by its family', () => {
  expect(describeMetric(descriptions, 'up')).toBe(up);
  expect(describeMetric(descriptions, 'request_seconds_bucket')).toBe(seconds);
  expect(describeMetric(descriptions, 'request_seconds_count')).toBe(seconds);
  expect(describeMetric(descriptions, 'request_seconds_total')).toBeUndefined();
  expect(describeMetric(descriptions, 'request_seconds_max')).toBeUndefined();
  expect(describeMetric(descriptions, 'up_count')).toBeUndefined();
  expect(describeMetric(descriptions, 'request')).toBeUndefined();
});
