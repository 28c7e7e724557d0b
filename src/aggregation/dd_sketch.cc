#include "aggregation/dd_sketch.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "base/check.h"

namespace weir::aggregation {
namespace {

// The logarithms of all doubles make indices of -373,000 to 355,000 at the smallest error, so keys of
// positive values are 27,000 and more, those of negative ones are the same below 0, and nothing reaches
// kInfinityKey.
constexpr int32_t kIndexBias = 400'000;
constexpr int32_t kInfinityKey = 1'000'000;

// Buckets are a hair narrower than they could be: rounding of logarithms stays within the error promised.
constexpr double kNarrower = 1 - 1e-8;

double logarithm_of_gamma(double relative_error) {
  const double error = relative_error * kNarrower;
  return std::log1p(2 * error / (1 - error));
}

// The first bucket with this key or a higher one.
template <typename Buckets>
auto first_of(Buckets& buckets, int32_t key) {
  return std::partition_point(buckets.begin(), buckets.end(),
                              [&](const auto& bucket) { return bucket.key < key; });
}

}  // namespace

DdSketch::DdSketch(double relative_error)
    : log_gamma_(logarithm_of_gamma(relative_error)), keys_per_log_(1 / log_gamma_) {
  CHECK(relative_error >= 0.001 && relative_error <= 0.1, "the error of a sketch is within its bounds");
}

void DdSketch::add(double value) {
  DCHECK(!std::isnan(value), "NaN has no rank");
  const int32_t key = key_of(value);
  ++count_;
  const auto at = first_of(buckets_, key);
  if (at != buckets_.end() && at->key == key) {
    at->count += 1;
    return;
  }
  buckets_.insert(at, Bucket{key, 1});
  collapse();
}

void DdSketch::merge(const DdSketch& other) {
  DCHECK(log_gamma_ == other.log_gamma_, "sketches that are merged have the same error");
  std::vector<Bucket> both;
  both.reserve(buckets_.size() + other.buckets_.size());
  auto theirs = other.buckets_.begin();
  for (const Bucket& bucket : buckets_) {
    while (theirs != other.buckets_.end() && theirs->key < bucket.key) both.push_back(*theirs++);
    both.push_back(bucket);
    if (theirs != other.buckets_.end() && theirs->key == bucket.key) both.back().count += theirs++->count;
  }
  both.insert(both.end(), theirs, other.buckets_.end());
  buckets_ = std::move(both);
  count_ += other.count_;
  collapse();
}

double DdSketch::quantile(double q) const {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  const auto rank = static_cast<uint64_t>(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_ - 1));
  uint64_t up_to = 0;
  for (const Bucket& bucket : buckets_) {
    up_to += bucket.count;
    if (up_to > rank) return value_of(static_cast<int32_t>(bucket.key));
  }
  return value_of(static_cast<int32_t>(buckets_.back().key));
}

size_t DdSketch::size_bytes() const {
  return sizeof(*this) + buckets_.capacity() * sizeof(Bucket);
}

int32_t DdSketch::key_of(double value) const {
  if (value == 0) return 0;
  const double size = std::fabs(value);
  const int32_t key = std::isinf(size)
                          ? kInfinityKey
                          : kIndexBias + static_cast<int32_t>(std::ceil(std::log(size) * keys_per_log_));
  return value < 0 ? -key : key;
}

// The bucket of index i holds (gamma^(i-1), gamma^i]; 2 * gamma^i / (gamma + 1) is as near to both ends.
double DdSketch::value_of(int32_t key) const {
  if (key == 0) return 0;
  double size = std::numeric_limits<double>::infinity();
  if (std::abs(key) != kInfinityKey) {
    const double middle = std::log(2 / (std::exp(log_gamma_) + 1));
    // The middle of the highest bucket may lie past all doubles.
    size = std::min(std::exp((std::abs(key) - kIndexBias) * log_gamma_ + middle),
                    std::numeric_limits<double>::max());
  }
  return key < 0 ? -size : size;
}

// What lies between zero and an infinity on each side is folded, so neither they nor any sign is lost. One
// bucket stays on each side, and five in all are fewer than kBucketsMax.
void DdSketch::collapse() {
  if (buckets_.size() <= kBucketsMax) return;
  size_t excess = buckets_.size() - kBucketsMax;
  const auto fold = [&](int32_t first_key, int32_t end_key) {
    const auto first = first_of(buckets_, first_key);
    const auto size = static_cast<size_t>(first_of(buckets_, end_key) - first);
    const size_t folded = std::min(excess, std::max<size_t>(size, 1) - 1);
    const auto into = first + static_cast<std::ptrdiff_t>(folded);
    for (auto low = first; low != into; ++low) into->count += low->count;
    buckets_.erase(first, into);
    excess -= folded;
  };
  fold(1 - kInfinityKey, 0);
  fold(1, kInfinityKey);
}

}  // namespace weir::aggregation
