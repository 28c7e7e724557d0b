#include "store/embedded/head_index.h"

#include <algorithm>
#include <numeric>

#include "base/hash.h"
#include "store/embedded/shared_block.h"

namespace weir::store::embedded {
namespace {

// All of its cache lines, wherever it begins. Null does no harm.
void prefetch(const HeadSeries* series) {
  constexpr size_t kCacheLine = 64;
  const char* const at = reinterpret_cast<const char*>(series);
  for (size_t i = 0; i < sizeof(HeadSeries); i += kCacheLine) __builtin_prefetch(at + i);
  __builtin_prefetch(at + sizeof(HeadSeries) - 1);
}

}  // namespace

HeadSeries* HeadIndex::find(const HashedLabels& labels) const {
  const uint32_t tag = NumberTable::tag_of(labels.hash);
  const uint32_t number = by_labels_.find(
      tag, [&](uint32_t candidate) { return labels_of(*by_number_[candidate]) == labels.labels; });
  return number == NumberTable::kNone ? nullptr : by_number_[number].get();
}

HeadSeries* HeadIndex::find_after(const KnownSeries& previous, const HashedLabels& labels) const {
  if (previous.series == nullptr) return find(labels);
  HeadSeries* const expected = previous.series->successor;
  if (expected == nullptr) return find(labels);
  prefetch(expected->successor);
  const bool same =
      labels_of(*expected).equals_with_tail(labels.labels, previous.series->successor_tail, previous.labels);
  return same ? expected : find(labels);
}

void HeadIndex::set_successor(HeadSeries& series, HeadSeries& next) {
  series.successor = &next;
  series.successor_tail = labels_of(next).tail_shared_with(labels_of(series));
}

HeadSeries& HeadIndex::add(const HashedLabels& labels) {
  scratch_.clear();
  const char* begin = labels.labels.bytes().data();
  for (const Label& label : labels.labels) {
    const char* const end = label.value.data() + label.value.size();
    scratch_.push_back(find_or_add_label({begin, static_cast<size_t>(end - begin)}));
    begin = end;
  }
  return insert(std::make_unique<HeadSeries>(), NumberTable::tag_of(labels.hash), scratch_);
}

HeadSeries& HeadIndex::insert(std::unique_ptr<HeadSeries> series, uint32_t tag,
                              std::span<const uint32_t> labels) {
  series->number = static_cast<uint32_t>(by_number_.size());
  series->labels = pool_->add_set(labels);
  for (const uint32_t label : labels) {
    PostingList& postings = postings_[label];
    postings_bytes_ -= postings.heap_bytes();
    postings.push_back(series->number);
    postings_bytes_ += postings.heap_bytes();
  }
  by_labels_.insert(tag, series->number);
  return *by_number_.emplace_back(std::move(series));
}

uint32_t HeadIndex::find_label(std::string_view bytes, uint32_t tag) const {
  return labels_.find(tag, [&](uint32_t candidate) { return pool_->label_bytes(candidate) == bytes; });
}

const PostingList* HeadIndex::find_postings(Label label) const {
  std::string bytes;
  append_label(bytes, label.name, label.value);
  const uint32_t found = find_label(bytes, NumberTable::tag_of(stable_hash(bytes)));
  return found == NumberTable::kNone ? nullptr : &postings_[found];
}

uint32_t HeadIndex::find_or_add_label(std::string_view bytes) {
  const uint32_t tag = NumberTable::tag_of(stable_hash(bytes));
  const uint32_t found = find_label(bytes, tag);
  if (found != NumberTable::kNone) return found;
  const uint32_t label = add_label(bytes, tag);
  const std::string_view name = pool_->label(label).name;
  auto values = names_.lower_bound(name);
  if (values == names_.end() || values->first != name)
    values = names_.emplace_hint(values, std::string(name), LabelValues(*pool_));
  values->second.add(label);
  return label;
}

uint32_t HeadIndex::add_label(std::string_view bytes, uint32_t tag) {
  const uint32_t label = pool_->add_label(bytes);
  labels_.insert(tag, label);
  postings_.emplace_back();
  return label;
}

void HeadIndex::drop_idle() {
  const auto idle = [](const std::unique_ptr<HeadSeries>& series) { return series->windows.empty(); };
  if (std::none_of(by_number_.begin(), by_number_.end(), idle)) return;
  for (const auto& series : by_number_) {
    if (series->successor != nullptr && series->successor->windows.empty()) series->successor = nullptr;
  }
  std::vector<uint32_t> tags(by_number_.size());
  by_labels_.visit([&](uint32_t tag, uint32_t number) { tags[number] = tag; });
  HeadIndex kept;
  std::vector<uint32_t> numbers(pool_->label_count(), LabelPool::kNoLabel);
  for (auto& series : by_number_) {
    if (idle(series)) continue;
    const uint32_t tag = tags[series->number];
    kept.take_over(std::move(series), tag, *pool_, numbers);
  }
  for (const auto& [name, values] : names_) {
    LabelValues rest = values.renumbered(*kept.pool_, numbers);
    if (rest.size() > 0) kept.names_.emplace_hint(kept.names_.end(), name, std::move(rest));
  }
  *this = std::move(kept);
}

// `numbers`: those that the labels of `pool`, where the series comes from, have here; completed.
void HeadIndex::take_over(std::unique_ptr<HeadSeries> series, uint32_t tag, const LabelPool& pool,
                          std::vector<uint32_t>& numbers) {
  scratch_.clear();
  for (const uint32_t old : series->labels.labels()) {
    if (numbers[old] == LabelPool::kNoLabel) {
      const std::string_view bytes = pool.label_bytes(old);
      numbers[old] = add_label(bytes, NumberTable::tag_of(stable_hash(bytes)));
    }
    scratch_.push_back(numbers[old]);
  }
  insert(std::move(series), tag, scratch_);
}

size_t HeadIndex::size_bytes() const {
  // A window counts itself. A label is in the list of its name's values, and perhaps in their order.
  constexpr size_t kSeriesBytes = allocated_bytes(sizeof(HeadSeries)) - sizeof(SeriesWindow);
  constexpr size_t kInValuesBytes = 8;
  return by_number_.size() * kSeriesBytes + by_number_.capacity() * sizeof(by_number_[0]) +
         by_labels_.size_bytes() + pool_->size_bytes() + labels_.size_bytes() +
         postings_.capacity() * sizeof(PostingList) + postings_bytes_ + pool_->label_count() * kInValuesBytes;
}

void HeadIndex::append_all(Postings& out) const {
  const size_t begin = out.size();
  out.resize(begin + by_number_.size());
  std::iota(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), 0u);
}

size_t HeadIndex::series_count(Label label) const {
  const PostingList* const found = find_postings(label);
  return found == nullptr ? 0 : found->about_size();
}

void HeadIndex::append_equal(Label label, Postings& out) const {
  if (const PostingList* const found = find_postings(label)) found->append_to(out);
}

void HeadIndex::append_values(std::string_view name, std::string_view prefix,
                              absl::FunctionRef<bool(std::string_view)> wanted, Postings& out) const {
  const auto values = names_.find(name);
  if (values == names_.end()) return;
  const auto append_if_wanted = [&](uint32_t label, std::string_view value) {
    if (wanted(value)) postings_[label].append_to(out);
  };
  if (prefix.empty()) {
    return values->second.visit_any([&](uint32_t label) { append_if_wanted(label, pool_->value(label)); });
  }
  values->second.visit_from(prefix, [&](uint32_t label) {
    const std::string_view value = pool_->value(label);
    if (!value.starts_with(prefix)) return false;
    append_if_wanted(label, value);
    return true;
  });
}

size_t HeadIndex::value_count(std::string_view name) const {
  const auto values = names_.find(name);
  return values == names_.end() ? 0 : values->second.size();
}

std::string_view HeadIndex::value_of(uint32_t series, std::string_view name) const {
  return labels_of(*by_number_[series]).get(name);
}

void HeadIndex::append_labels(uint32_t series, std::string& out) const {
  labels_of(*by_number_[series]).append_to(out);
}

void HeadIndex::visit_names(absl::FunctionRef<bool(std::string_view)> visit) const {
  for (const auto& [name, values] : names_) {
    if (!visit(name)) return;
  }
}

void HeadIndex::visit_values(std::string_view name, absl::FunctionRef<bool(std::string_view)> visit) const {
  const auto values = names_.find(name);
  if (values == names_.end()) return;
  values->second.visit_from({}, [&](uint32_t label) { return visit(pool_->value(label)); });
}

void HeadIndex::visit_values_of(const std::vector<bool>& wanted, std::string_view name,
                                absl::FunctionRef<bool(std::string_view)> visit) const {
  const auto values = names_.find(name);
  if (values == names_.end()) return;
  values->second.visit_from(
      {}, [&](uint32_t label) { return !postings_[label].meets(wanted) || visit(pool_->value(label)); });
}

}  // namespace weir::store::embedded
