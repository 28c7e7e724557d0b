#include "model/exemplar.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"

namespace weir {
namespace {

constexpr std::array<std::string_view, kExemplarFaultCount> kCodes = {
    "empty_label_name", "repeated_label_name", "labels_not_utf8",
    "labels_too_long",  "bad_timestamp",       "series_not_allowed",
};

bool is_first_byte(char byte) {
  return (static_cast<uint8_t>(byte) & 0xC0) != 0x80;
}

size_t characters(std::string_view utf8) {
  return static_cast<size_t>(std::count_if(utf8.begin(), utf8.end(), is_first_byte));
}

template <typename LabelRange>
bool fit(const LabelRange& labels) {
  size_t count = 0;
  for (const Label& label : labels) count += characters(label.name) + characters(label.value);
  return count <= kExemplarCharactersMax;
}

// Labels are compared as bytes: any order will do, as long as equal ones meet.
auto key(const Exemplar& exemplar) {
  return std::tuple(exemplar.timestamp_ms, exemplar.labels.bytes(), std::bit_cast<uint64_t>(exemplar.value));
}

}  // namespace

bool operator==(const Exemplar& a, const Exemplar& b) {
  return key(a) == key(b);
}

std::string_view fault_code(ExemplarFault fault) {
  return kCodes[static_cast<size_t>(fault)];
}

bool fit_exemplar(std::span<const Label> labels) {
  return fit(labels);
}

Status validate_exemplar_labels(std::string_view canonical_labels) {
  RETURN_IF_ERROR(LabelsView::validate(canonical_labels));
  const LabelsView labels(canonical_labels);
  for (const Label& label : labels) {
    if (!is_utf8(label.name) || !is_utf8(label.value))
      return invalid_argument("exemplar: a label is not UTF-8");
  }
  if (!fit(labels)) {
    return invalid_argument(
        fmt::format("exemplar: labels of more than {} characters, the limit", kExemplarCharactersMax));
  }
  return {};
}

void ExemplarColumns::insert_at(size_t at, const Exemplar& exemplar) {
  const std::string_view labels = exemplar.labels.bytes();
  const size_t begin = at < entries_.size() ? entries_[at].labels_begin : label_bytes_.size();
  label_bytes_.insert(begin, labels);
  const auto inserted = entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(at),
                                        {exemplar.timestamp_ms, exemplar.value, begin});
  for (auto after = inserted + 1; after != entries_.end(); ++after) after->labels_begin += labels.size();
}

void ExemplarColumns::add_range(const ExemplarColumns& other, TimestampMs mint_ms, TimestampMs maxt_ms) {
  for (size_t i = 0; i < other.size(); ++i) {
    const Exemplar exemplar = other[i];
    if (mint_ms <= exemplar.timestamp_ms && exemplar.timestamp_ms <= maxt_ms) add(exemplar);
  }
}

// Exemplars come in order of time, so the place of the next one is nearly always the end.
size_t ExemplarColumns::upper_bound(TimestampMs timestamp_ms) const {
  if (entries_.empty() || entries_.back().timestamp_ms <= timestamp_ms) return entries_.size();
  const auto at = std::ranges::upper_bound(entries_, timestamp_ms, {}, &Entry::timestamp_ms);
  return static_cast<size_t>(at - entries_.begin());
}

bool ExemplarColumns::contains(const Exemplar& exemplar) const {
  for (size_t at = upper_bound(exemplar.timestamp_ms);
       at > 0 && entries_[at - 1].timestamp_ms == exemplar.timestamp_ms; --at) {
    if ((*this)[at - 1] == exemplar) return true;
  }
  return false;
}

bool ExemplarColumns::insert(const Exemplar& exemplar) {
  if (contains(exemplar)) return false;
  insert_at(upper_bound(exemplar.timestamp_ms), exemplar);
  return true;
}

void ExemplarColumns::erase(TimestampMs mint_ms, TimestampMs maxt_ms) {
  ExemplarColumns kept;
  for (size_t i = 0; i < size(); ++i) {
    const Exemplar exemplar = (*this)[i];
    if (exemplar.timestamp_ms < mint_ms || maxt_ms < exemplar.timestamp_ms) kept.add(exemplar);
  }
  if (kept.size() < size()) *this = std::move(kept);
}

void ExemplarColumns::make_ascending() {
  const auto key_of = [&](size_t i) { return key((*this)[i]); };
  std::vector<size_t> order(size());
  std::iota(order.begin(), order.end(), size_t{0});
  const bool done = std::ranges::adjacent_find(order, std::ranges::greater_equal(), key_of) == order.end();
  if (done) return;
  std::ranges::sort(order, {}, key_of);
  const auto repeats = std::ranges::unique(order, {}, key_of);
  order.erase(repeats.begin(), repeats.end());
  ExemplarColumns sorted;
  for (const size_t i : order) sorted.add((*this)[i]);
  *this = std::move(sorted);
}

void ExemplarColumns::truncate(size_t count) {
  if (count == entries_.size()) return;
  label_bytes_.resize(entries_[count].labels_begin);
  entries_.resize(count);
}

bool operator==(const ExemplarColumns& a, const ExemplarColumns& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!(a[i] == b[i])) return false;
  }
  return true;
}

}  // namespace weir
