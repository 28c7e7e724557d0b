#include "store/embedded/head_index.h"

#include <limits>
#include <numeric>

namespace weir::store::embedded {
namespace {

constexpr uint32_t kDropped = std::numeric_limits<uint32_t>::max();

// Keeps the order, since numbers are given anew in the old order.
void renumber(Postings& postings, const std::vector<uint32_t>& numbers) {
  size_t kept = 0;
  for (const uint32_t old : postings) {
    if (numbers[old] != kDropped) postings[kept++] = numbers[old];
  }
  postings.resize(kept);
  postings.shrink_to_fit();
}

bool is_series(const HeadSeries& series, const HashedLabels& labels) {
  return series.hash == labels.hash && series.labels.view() == labels.labels;
}

// Inserts an empty value only when the key is new, without building a string to look it up.
template <typename Map>
auto& at_or_new(Map& map, std::string_view key) {
  auto at = map.lower_bound(key);
  if (at == map.end() || at->first != key)
    at = map.emplace_hint(at, std::string(key), typename Map::mapped_type());
  return at->second;
}

}  // namespace

HeadSeries* HeadIndex::find(const HashedLabels& labels) const {
  const auto at = by_labels_.find(labels);
  return at == by_labels_.end() ? nullptr : at->get();
}

HeadSeries* HeadIndex::find_after(HeadSeries* previous, const HashedLabels& labels) const {
  if (previous == nullptr) return find(labels);
  HeadSeries* const expected = previous->successor;
  if (expected == nullptr || !is_series(*expected, labels)) return find(labels);
  if (expected->successor != nullptr) __builtin_prefetch(expected->successor);
  return expected;
}

HeadSeries& HeadIndex::add(HeadSeriesPtr series) {
  series->number = static_cast<uint32_t>(by_number_.size());
  for (const Label& label : series->labels.view()) {
    at_or_new(at_or_new(names_, label.name), label.value).push_back(series->number);
  }
  by_number_.push_back(series);
  return **by_labels_.insert(std::move(series)).first;
}

size_t HeadIndex::drop_idle() {
  for (const HeadSeriesPtr& series : by_number_) {
    if (series->successor != nullptr && series->successor->windows.empty()) series->successor = nullptr;
  }
  std::vector<uint32_t> numbers(by_number_.size(), kDropped);
  size_t kept = 0;
  size_t freed_bytes = 0;
  for (size_t old = 0; old < by_number_.size(); ++old) {
    HeadSeriesPtr series = std::move(by_number_[old]);
    if (series->windows.empty()) {
      freed_bytes += size_bytes(series->labels);
      by_labels_.erase(series);
      continue;
    }
    numbers[old] = series->number = static_cast<uint32_t>(kept);
    by_number_[kept++] = std::move(series);
  }
  if (kept == by_number_.size()) return 0;
  by_number_.resize(kept);
  for (auto name = names_.begin(); name != names_.end();) {
    for (auto value = name->second.begin(); value != name->second.end();) {
      renumber(value->second, numbers);
      value = value->second.empty() ? name->second.erase(value) : std::next(value);
    }
    name = name->second.empty() ? names_.erase(name) : std::next(name);
  }
  return freed_bytes;
}

size_t HeadIndex::size_bytes(LabelsView labels) {
  // The series without its windows, which count themselves, and its place in the hash table and the list; 4
  // bytes a label in the postings. Names and values that are new to the index are not counted: most are
  // shared.
  constexpr size_t kFixedBytes = sizeof(HeadSeries) - sizeof(SeriesWindow) + 64;
  return kFixedBytes + labels.bytes().size() + labels.count() * 2 * sizeof(uint32_t);
}

void HeadIndex::append_all(Postings& out) const {
  const size_t begin = out.size();
  out.resize(begin + by_number_.size());
  std::iota(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), 0u);
}

void HeadIndex::append_equal(Label label, Postings& out) const {
  const auto name = names_.find(label.name);
  if (name == names_.end()) return;
  const auto value = name->second.find(label.value);
  if (value != name->second.end()) out.insert(out.end(), value->second.begin(), value->second.end());
}

void HeadIndex::append_values(std::string_view name, std::string_view prefix,
                              absl::FunctionRef<bool(std::string_view)> wanted, Postings& out) const {
  const auto values = names_.find(name);
  if (values == names_.end()) return;
  for (auto at = values->second.lower_bound(prefix); at != values->second.end(); ++at) {
    if (!at->first.starts_with(prefix)) return;
    if (wanted(at->first)) out.insert(out.end(), at->second.begin(), at->second.end());
  }
}

size_t HeadIndex::value_count(std::string_view name) const {
  const auto values = names_.find(name);
  return values == names_.end() ? 0 : values->second.size();
}

std::string_view HeadIndex::value_of(uint32_t series, std::string_view name) const {
  return by_number_[series]->labels.view().get(name);
}

void HeadIndex::append_labels(uint32_t series, std::string& out) const {
  out.append(by_number_[series]->labels.view().bytes());
}

void HeadIndex::visit_names(absl::FunctionRef<bool(std::string_view)> visit) const {
  for (const auto& [name, values] : names_) {
    if (!visit(name)) return;
  }
}

void HeadIndex::visit_values(std::string_view name, absl::FunctionRef<bool(std::string_view)> visit) const {
  const auto values = names_.find(name);
  if (values == names_.end()) return;
  for (const auto& [value, postings] : values->second) {
    if (!visit(value)) return;
  }
}

}  // namespace weir::store::embedded
