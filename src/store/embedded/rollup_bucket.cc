#include "store/embedded/rollup_bucket.h"

#include <algorithm>
#include <cmath>

#include "model/sample.h"

namespace weir::store::embedded {

void RollupBucket::add(std::span<const TimestampMs> timestamps_ms, std::span<const double> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    const Kept sample{count_, timestamps_ms[i], values[i]};
    if (std::isnan(sample.value)) {
      if (!is_stale(sample.value)) add_nan(sample);
      continue;
    }
    if (!numbers_) {
      numbers_ = true;
      least_ = greatest_ = sample;
    }
    if (sample.value < least_.value) least_ = sample;
    if (sample.value > greatest_.value) greatest_ = sample;
    if (sample.value < last_.value && count_ > 0) add_fall(sample);
    if (integers_) integers_ = is_exact_integer(sample.value);
    if (count_ == 0) first_ = sample;
    sum_ += sample.value;
    last_ = sample;
    ++count_;
  }
}

// A NaN parts its neighbours: neither is less than the other, and once it is left out one may seem to be.
void RollupBucket::add_nan(const Kept& sample) {
  if (count_ == 0) first_ = sample;
  last_ = sample;
  ++count_;
  falls_kept_ = false;
  integers_ = false;
}

void RollupBucket::add_fall(const Kept& sample) {
  if (!falls_kept_) return;
  if (falls_.size() + 2 > kKeptMax - 4) {
    falls_kept_ = false;  // no counter
    falls_.clear();
    return;
  }
  falls_.push_back(last_);
  falls_.push_back(sample);
}

void RollupBucket::close(Rollup& out) {
  if (count_ > 0) {
    auto& kept = falls_;
    kept.push_back(first_);
    kept.push_back(last_);
    if (numbers_) kept.insert(kept.end(), {least_, greatest_});
    std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return a.at < b.at; });
    const auto end =
        std::unique(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return a.at == b.at; });
    uint32_t next = 0;
    for (auto sample = kept.begin(); sample != end; ++sample) {
      out.timestamps_ms.push_back(sample->timestamp_ms);
      out.values.push_back(sample->value);
      out.left_out.push_back(sample->at - next);
      next = sample->at + 1;
    }
    out.sums.push_back(sum_);
    out.falls_kept &= falls_kept_;
    out.sums_exact &=
        integers_ && !(least_.value < 0 && greatest_.value > 0) && std::fabs(sum_) < kExactSumMax;
  }
  *this = {};
}

}  // namespace weir::store::embedded
