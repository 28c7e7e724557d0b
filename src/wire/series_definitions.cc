#include "wire/series_definitions.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace weir::wire {

void SeriesDefinitions::enter_group(uint64_t group) {
  if (group == group_) return;
  group_ = group;
  by_number_.clear();
  pages_.clear();
  page_left_ = 0;
}

Status SeriesDefinitions::define(uint64_t number, LabelsView labels, uint64_t hash) {
  if (number > by_number_.size() + kGapMax) {
    return corruption(fmt::format("number {} where {} series are known", number, by_number_.size()));
  }
  if (const Definition* known = find(number)) {
    if (known->labels == labels) return {};
    return corruption(
        fmt::format("number {} is {} and {}", number, known->labels.to_string(), labels.to_string()));
  }
  if (number >= by_number_.size()) by_number_.resize(number + 1);
  by_number_[number] = {LabelsView(keep(labels.bytes())), hash, true};
  return {};
}

std::string_view SeriesDefinitions::keep(std::string_view bytes) {
  constexpr size_t kPageBytes = 64 << 10;
  if (pages_.empty() || bytes.size() > page_left_) {
    page_left_ = std::max(kPageBytes, bytes.size());
    pages_.push_back(std::make_unique_for_overwrite<char[]>(page_left_));
    page_bytes_ = page_left_;
  }
  char* to = pages_.back().get() + (page_bytes_ - page_left_);
  std::memcpy(to, bytes.data(), bytes.size());
  page_left_ -= bytes.size();
  return {to, bytes.size()};
}

}  // namespace weir::wire
