#include "aggregation/partial_parts.h"

#include <bit>
#include <cmath>
#include <string_view>

#include "base/check.h"
#include "base/hash.h"

namespace weir::aggregation {
namespace {

using query::KahanSum;

void add_rises(KahanSum& increase, std::optional<double> before, std::span<const double> values) {
  double previous = before.value_or(values[0]);
  for (const double value : values.subspan(before ? 0 : 1)) {
    increase.add(value < previous ? value : value - previous);
    previous = value;
  }
}

// Equal values have equal hashes, whatever the bits: zeros of either sign, and all that is not a number.
uint64_t hash_of(double value) {
  if (value == 0) value = 0;
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  const auto bits = std::bit_cast<uint64_t>(value);
  return stable_hash(std::string_view(reinterpret_cast<const char*>(&bits), sizeof(bits)));
}

void add_distinct(HyperLogLog& distinct, std::span<const double> values) {
  // Values that stay the same for long are common.
  uint64_t previous = ~std::bit_cast<uint64_t>(values[0]);
  for (const double value : values) {
    const auto bits = std::bit_cast<uint64_t>(value);
    if (bits != previous) distinct.add(hash_of(value));
    previous = bits;
  }
}

}  // namespace

KahanSum joined(KahanSum sum, const KahanSum& later) {
  sum.add(later.sum());
  if (std::isinf(sum.sum())) return sum;
  return KahanSum(sum.sum(), sum.compensation() + later.compensation());
}

// Two passes over a series, the first from its first value, so that equal values have no distance at all.
Moments Moments::of(std::span<const double> values) {
  double offset = 0;
  for (const double value : values) offset += value - values[0];
  Moments moments{values[0] + offset / static_cast<double>(values.size()), 0};
  for (const double value : values) {
    const double distance = value - moments.mean;
    moments.squares += distance * distance;
  }
  return moments;
}

// Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
void Moments::join(uint64_t count, const Moments& other, uint64_t other_count) {
  if (count == 0) {
    *this = other;
    return;
  }
  const double distance = other.mean - mean;
  const double share = static_cast<double>(other_count) / static_cast<double>(count + other_count);
  mean += distance * share;
  squares += other.squares + distance * distance * share * static_cast<double>(count);
}

void Ends::join(const Ends& later) {
  if (later.first_ms < first_ms) {
    first_ms = later.first_ms;
    first = later.first;
  }
  if (later.last_ms >= last_ms) {
    last_ms = later.last_ms;
    last = later.last;
  }
}

void Partial::Numbers::add(const Needs& needs, uint64_t count_before, std::optional<double> before,
                           std::span<const TimestampMs> times_ms, std::span<const double> samples) {
  if (needs.moments) moments.join(count_before, Moments::of(samples), samples.size());
  if (needs.ends) ends.join({times_ms.front(), times_ms.back(), samples.front(), samples.back()});
  if (needs.increase) add_rises(increase, before, samples);
}

void Partial::Numbers::merge_later(uint64_t count, const Numbers& later, uint64_t later_count) {
  moments.join(count, later.moments, later_count);
  ends.join(later.ends);
  increase = joined(increase, later.increase);
}

bool Partial::Sketches::needed(const Needs& needs) {
  return needs.series || needs.distinct_values || !needs.distinct_labels.empty() || needs.quantiles;
}

Partial::Sketches::Sketches(const Needs& needs) {
  if (needs.distinct_values) values.emplace();
  labels.reserve(needs.distinct_labels.size());
  for (const std::string& label : needs.distinct_labels) labels.push_back({stable_hash(label), {}});
  if (needs.quantiles) quantiles.emplace(needs.quantile_error);
}

void Partial::Sketches::add(const Needs& needs, LabelsView of_series, std::span<const double> samples) {
  if (needs.series) series.insert(of_series.hash());
  if (values) add_distinct(*values, samples);
  for (size_t i = 0; i < labels.size(); ++i) {
    const std::string_view value = of_series.get(needs.distinct_labels[i]);
    if (!value.empty()) labels[i].distinct.add(stable_hash(value));
  }
  if (!quantiles) return;
  for (const double sample : samples) {
    if (!std::isnan(sample)) quantiles->add(sample);
  }
}

void Partial::Sketches::merge_later(const Sketches& later) {
  if (series.empty()) {
    series = later.series;
  } else {
    series.insert(later.series.begin(), later.series.end());
  }
  if (values) values->merge(*later.values);
  for (size_t i = 0; i < labels.size(); ++i) labels[i].distinct.merge(later.labels[i].distinct);
  if (quantiles) quantiles->merge(*later.quantiles);
}

double Partial::Sketches::distinct(const std::string& label) const {
  if (label.empty()) return values->estimate();
  const uint64_t hash = stable_hash(label);
  for (const LabelValues& of_label : labels) {
    if (of_label.name_hash == hash) return of_label.distinct.estimate();
  }
  CHECK(false, "the needs were made for this output");
  return 0;
}

size_t Partial::Sketches::size_bytes() const {
  size_t bytes = sizeof(*this) + series.capacity() * (sizeof(uint64_t) + 1);
  if (values) bytes += values->size_bytes() - sizeof(*values);
  for (const LabelValues& label : labels) bytes += sizeof(uint64_t) + label.distinct.size_bytes();
  if (quantiles) bytes += quantiles->size_bytes() - sizeof(*quantiles);
  return bytes;
}

}  // namespace weir::aggregation
