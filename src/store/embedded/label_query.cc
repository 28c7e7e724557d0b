#include "store/embedded/label_query.h"

#include <algorithm>
#include <utility>

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_set.h>

namespace weir::store::embedded {
namespace {

/// So many values are looked at, in their order, in the time that it takes to find and sort that of one
/// series.
constexpr size_t kValuesPerSeries = 4;

/// The first `limit` texts of a visit that goes in ascending order.
class FirstTexts {
 public:
  explicit FirstTexts(uint64_t limit) : limit_(limit) {}
  bool take(std::string_view text) {
    if (texts_.size() >= limit_) return false;
    texts_.push_back(text);
    return true;
  }
  const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  const uint64_t limit_;
  std::vector<std::string_view> texts_;
};

Postings all_of(const LabelIndex& index, const std::optional<Postings>& series) {
  if (series) return *series;
  Postings all;
  index.append_all(all);
  return all;
}

}  // namespace

void TextSet::merge(const std::vector<std::string_view>& texts) {
  const auto known = static_cast<std::ptrdiff_t>(texts_.size());
  std::ptrdiff_t at = 0;
  for (const std::string_view text : texts) {
    while (at < known && texts_[static_cast<size_t>(at)] < text) ++at;
    if (at == known || texts_[static_cast<size_t>(at)] != text) texts_.emplace_back(text);
  }
  std::inplace_merge(texts_.begin(), texts_.begin() + known, texts_.end());
}

std::vector<std::string> TextSet::take_first(uint64_t limit) {
  if (texts_.size() > limit) texts_.resize(limit);
  return std::exchange(texts_, {});
}

void add_names(const LabelIndex& index, const std::optional<Postings>& series, uint64_t limit,
               TextSet& names) {
  if (!series) {
    FirstTexts first(limit);
    index.visit_names([&](std::string_view name) { return first.take(name); });
    return names.merge(first.texts());
  }
  absl::btree_set<std::string, std::less<>> distinct;
  std::string labels;
  for (const uint32_t number : *series) {
    labels.clear();
    index.append_labels(number, labels);
    for (const Label& label : LabelsView(labels)) {
      if (!distinct.contains(label.name)) distinct.emplace(label.name);
    }
  }
  names.merge({distinct.begin(), distinct.end()});
}

void add_values(const LabelIndex& index, const std::optional<Postings>& series, std::string_view name,
                uint64_t limit, TextSet& values) {
  if (!series) {
    FirstTexts first(limit);
    index.visit_values(name, [&](std::string_view value) { return first.take(value); });
    return values.merge(first.texts());
  }
  if (series->size() > index.value_count(name) / kValuesPerSeries) {
    std::vector<bool> wanted(series->empty() ? 0 : series->back() + 1);
    for (const uint32_t number : *series) wanted[number] = true;
    FirstTexts all(limit);
    index.visit_values_of(wanted, name, [&](std::string_view value) { return all.take(value); });
    return values.merge(all.texts());
  }
  absl::flat_hash_set<std::string_view> distinct;
  for (const uint32_t number : *series) distinct.insert(index.value_of(number, name));
  distinct.erase(std::string_view());
  std::vector<std::string_view> sorted(distinct.begin(), distinct.end());
  std::sort(sorted.begin(), sorted.end());
  values.merge(sorted);
}

void add_series(const LabelIndex& index, const std::optional<Postings>& series, std::vector<Labels>& out) {
  std::string labels;
  for (const uint32_t number : all_of(index, series)) {
    labels.clear();
    index.append_labels(number, labels);
    out.emplace_back(LabelsView(labels));
  }
}

std::vector<Labels> first_of(std::vector<Labels> labels, uint64_t limit) {
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  if (labels.size() > limit) labels.resize(limit);
  return labels;
}

}  // namespace weir::store::embedded
