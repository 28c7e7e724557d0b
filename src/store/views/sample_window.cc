#include "store/views/sample_window.h"

#include <algorithm>

namespace weir::store {
namespace {

constexpr size_t kForgottenMin = 16;

}  // namespace

bool SampleWindow::add(TimestampMs timestamp_ms, double value, bool replaces) {
  if (empty() || timestamp_ms > newest_ms()) {
    timestamps_ms_.push_back(timestamp_ms);
    values_.push_back(value);
    return true;
  }
  const auto first = timestamps_ms_.begin() + static_cast<ptrdiff_t>(begin_);
  const auto at = std::lower_bound(first, timestamps_ms_.end(), timestamp_ms);
  const auto place = values_.begin() + (at - timestamps_ms_.begin());
  if (*at != timestamp_ms) {
    values_.insert(place, value);
    timestamps_ms_.insert(at, timestamp_ms);
    return true;
  }
  if (replaces) *place = value;
  return replaces;
}

void SampleWindow::forget_before(TimestampMs timestamp_ms) {
  while (begin_ < timestamps_ms_.size() && timestamps_ms_[begin_] < timestamp_ms) ++begin_;
  if (begin_ < kForgottenMin || begin_ < timestamps_ms_.size() / 2) return;
  const auto count = static_cast<ptrdiff_t>(begin_);
  timestamps_ms_.erase(timestamps_ms_.begin(), timestamps_ms_.begin() + count);
  values_.erase(values_.begin(), values_.begin() + count);
  begin_ = 0;
}

SampleWindow::Samples SampleWindow::in_range(const TimeRange& range) const {
  const auto first = timestamps_ms_.begin() + static_cast<ptrdiff_t>(begin_);
  const auto from = std::lower_bound(first, timestamps_ms_.end(), range.mint_ms);
  const auto to = std::upper_bound(from, timestamps_ms_.end(), range.maxt_ms);
  const auto begin = static_cast<size_t>(from - timestamps_ms_.begin());
  const auto count = static_cast<size_t>(to - from);
  return {std::span(timestamps_ms_).subspan(begin, count), std::span(values_).subspan(begin, count)};
}

}  // namespace weir::store
