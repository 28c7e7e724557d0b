import { isRecord } from './http';
import type { Point } from './prometheus';

/** Which bounds belong to a bucket, by the number that the API has for it. */
const opening = ['(', '[', '(', '['];
const closing = [']', ')', ')', ']'];

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function bucketText(bucket: unknown): string {
  if (!Array.isArray(bucket)) return '';
  const [rule, lower, upper, count] = bucket as unknown[];
  const at = typeof rule === 'number' ? rule : 0;
  return `${opening[at] ?? '('}${text(lower)},${text(upper)}${closing[at] ?? ']'}:${text(count)}`;
}

/** A native histogram of the API as PromQL writes it: {count:3, sum:4.5, (1,2]:3}. */
export function histogramText(histogram: unknown): string {
  if (!isRecord(histogram)) return '';
  const buckets = Array.isArray(histogram.buckets) ? histogram.buckets.map(bucketText) : [];
  return `{${[`count:${text(histogram.count)}`, `sum:${text(histogram.sum)}`, ...buckets].join(', ')}}`;
}

function textPoint(point: unknown): Point {
  const [seconds, histogram] = Array.isArray(point) ? (point as unknown[]) : [];
  return [typeof seconds === 'number' ? seconds : 0, histogramText(histogram)];
}

/** Gives a row of an answer its histograms as texts, in `value` or among its `values`. Other rows stay as they are. */
export function withHistogramTexts(row: unknown): unknown {
  if (!isRecord(row)) return row;
  const { histogram, histograms, ...rest } = row;
  if (histogram !== undefined) return { ...rest, value: textPoint(histogram) };
  if (!Array.isArray(histograms)) return row;
  const values = Array.isArray(rest.values) ? (rest.values as Point[]) : [];
  const points = [...values, ...histograms.map(textPoint)].sort(([a], [b]) => a - b);
  return { ...rest, values: points };
}
