#include "gateway/histogram_json.h"

#include <string>

#include "query/histogram_buckets.h"

namespace weir::gateway {
namespace {

using wire::JsonWriter;

void write_text(JsonWriter& json, double value) {
  std::string text;
  wire::append_prometheus_json_value(text, value);
  json.text(text);
}

int64_t boundary_rule(const query::HistogramBucket& bucket) {
  if (bucket.lower_inclusive) return bucket.upper_inclusive ? 3 : 1;
  return bucket.upper_inclusive ? 0 : 2;
}

void write_bucket(JsonWriter& json, const query::HistogramBucket& bucket) {
  json.begin_array();
  json.integer(boundary_rule(bucket));
  write_text(json, bucket.lower);
  write_text(json, bucket.upper);
  write_text(json, bucket.count);
  json.end_array();
}

}  // namespace

void write_histogram(JsonWriter& json, const Histogram& histogram) {
  json.begin_object();
  json.key("count");
  write_text(json, histogram.count);
  json.key("sum");
  write_text(json, histogram.sum);
  bool begun = false;
  for (const query::HistogramBucket& bucket : query::buckets_of(histogram)) {
    if (bucket.count == 0) continue;
    if (!begun) {
      json.key("buckets");
      json.begin_array();
    }
    begun = true;
    write_bucket(json, bucket);
  }
  if (begun) json.end_array();
  json.end_object();
}

}  // namespace weir::gateway
