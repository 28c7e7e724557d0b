#include "store/embedded/label_query.h"

#include <algorithm>

namespace weir::store::embedded {
namespace {

void add(std::string_view text, TextSet& texts) {
  const auto at = texts.lower_bound(text);
  if (at == texts.end() || *at != text) texts.emplace_hint(at, text);
}

// The first `limit` texts of a visit.
class FirstTexts {
 public:
  FirstTexts(uint64_t limit, TextSet& texts) : left_(limit), texts_(texts) {}
  bool take(std::string_view text) {
    if (left_ == 0) return false;
    --left_;
    add(text, texts_);
    return true;
  }

 private:
  uint64_t left_;
  TextSet& texts_;
};

Postings all_of(const LabelIndex& index, const std::optional<Postings>& series) {
  if (series) return *series;
  Postings all;
  index.append_all(all);
  return all;
}

}  // namespace

void add_names(const LabelIndex& index, const std::optional<Postings>& series, uint64_t limit,
               TextSet& names) {
  if (!series) {
    FirstTexts first(limit, names);
    return index.visit_names([&](std::string_view name) { return first.take(name); });
  }
  std::string labels;
  for (const uint32_t number : *series) {
    labels.clear();
    index.append_labels(number, labels);
    for (const Label& label : LabelsView(labels)) add(label.name, names);
  }
}

void add_values(const LabelIndex& index, const std::optional<Postings>& series, std::string_view name,
                uint64_t limit, TextSet& values) {
  if (!series) {
    FirstTexts first(limit, values);
    return index.visit_values(name, [&](std::string_view value) { return first.take(value); });
  }
  for (const uint32_t number : *series) {
    const std::string_view value = index.value_of(number, name);
    if (!value.empty()) add(value, values);
  }
}

void add_series(const LabelIndex& index, const std::optional<Postings>& series, std::vector<Labels>& out) {
  std::string labels;
  for (const uint32_t number : all_of(index, series)) {
    labels.clear();
    index.append_labels(number, labels);
    out.emplace_back(LabelsView(labels));
  }
}

std::vector<std::string> first_of(TextSet texts, uint64_t limit) {
  std::vector<std::string> out;
  while (!texts.empty() && out.size() < limit) out.push_back(std::move(texts.extract(texts.begin()).value()));
  return out;
}

std::vector<Labels> first_of(std::vector<Labels> labels, uint64_t limit) {
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  if (labels.size() > limit) labels.resize(limit);
  return labels;
}

}  // namespace weir::store::embedded
