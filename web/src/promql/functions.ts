/** Functions and aggregations of PromQL, for completion. */
export const functions: readonly string[] = (
  'abs absent absent_over_time avg avg_over_time bottomk ceil changes clamp clamp_max clamp_min count ' +
  'count_over_time count_values day_of_month day_of_week day_of_year days_in_month delta deriv exp floor ' +
  'group histogram_avg histogram_count histogram_fraction histogram_quantile histogram_stddev histogram_stdvar ' +
  'histogram_sum hour idelta increase irate label_join label_replace last_over_time ln log10 log2 max max_over_time min min_over_time minute month predict_linear ' +
  'present_over_time quantile quantile_over_time rate resets round scalar sgn sort sort_by_label sort_desc ' +
  'sqrt stddev stddev_over_time stdvar sum sum_over_time time timestamp topk vector year'
).split(' ');
