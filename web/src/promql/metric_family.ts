import type { MetricDescription } from '../api/prometheus';

/** Of the series of these types, by their suffix. */
const suffixes: Record<string, readonly string[]> = {
  _bucket: ['histogram', 'gaugehistogram'],
  _sum: ['histogram', 'gaugehistogram', 'summary'],
  _count: ['histogram', 'gaugehistogram', 'summary'],
  _total: ['counter'],
};

/** The description of the metric, or of the family that it is a part of: `a_bucket` is of the histogram `a`. */
export function describeMetric(
  descriptions: ReadonlyMap<string, MetricDescription>,
  name: string,
): MetricDescription | undefined {
  const own = descriptions.get(name);
  if (own !== undefined) return own;
  const at = name.lastIndexOf('_');
  const family = at < 0 ? undefined : descriptions.get(name.slice(0, at));
  return family !== undefined && suffixes[name.slice(at)]?.includes(family.type) === true
    ? family
    : undefined;
}
