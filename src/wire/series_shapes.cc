#include "wire/series_shapes.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"
#include "model/labels.h"

namespace weir::wire {
namespace {

// Bytes that both begin with.
size_t common_prefix(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  size_t at = 0;
  for (uint64_t left, right; at + sizeof(left) <= size; at += sizeof(left)) {
    std::memcpy(&left, a.data() + at, sizeof(left));
    std::memcpy(&right, b.data() + at, sizeof(right));
    if (left != right) return at + static_cast<size_t>(std::countr_zero(left ^ right)) / 8;
  }
  while (at < size && a[at] == b[at]) ++at;
  return at;
}

size_t end_of(const Label& label, std::string_view labels) {
  return static_cast<size_t>(label.value.data() + label.value.size() - labels.data());
}

}  // namespace

// Compares `labels` with the last series of the shape, whose place it takes, and leaves what differs in
// `changes_`. False, and the shape is as it was, when the names differ. Most of the cost of encoding is
// here, so runs of equal labels are passed over as bytes, and only labels that differ are taken apart.
bool SeriesShapes::find_changes(Shape& shape, std::string_view labels) {
  changes_.clear();
  offsets_.clear();
  const size_t count = shape.names.size();
  size_t at = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = shape.offsets[i];
    const size_t equal = common_prefix(labels.substr(at), shape.labels.substr(begin));
    for (; i < count && shape.offsets[i + 1] - begin <= equal; ++i) {
      offsets_.push_back(at);
      at += shape.offsets[i + 1] - shape.offsets[i];
    }
    if (i == count) break;
    if (at == labels.size()) return false;
    const auto label = LabelsView(labels.substr(at)).begin();
    if (label->name != shape.names[i]) return false;
    changes_.emplace_back(i, label->value);
    offsets_.push_back(at);
    at = end_of(*label, labels);
  }
  if (at != labels.size()) return false;
  offsets_.push_back(at);
  shape.labels = labels;
  shape.offsets.swap(offsets_);
  return true;
}

// Goes to the shape of `labels`, which differs from the last one or is the first.
void SeriesShapes::switch_shape(std::string_view labels) {
  key_.clear();
  ByteWriter key(key_);
  for (const Label& label : LabelsView(labels)) key.text(label.name);
  const auto [found, added] = ids_.try_emplace(key_, shapes_.size());
  current_ = found->second;
  if (added) {
    begin_shape(labels);
  } else {
    const bool same_names = find_changes(shapes_[current_], labels);
    CHECK(same_names, "series of one shape have the same names");
  }
}

// The first series of a shape differs from nothing, everywhere.
void SeriesShapes::begin_shape(std::string_view labels) {
  Shape& shape = shapes_.emplace_back();
  shape.labels = labels;
  changes_.clear();
  shape.offsets.push_back(0);
  for (const Label& label : LabelsView(labels)) {
    changes_.emplace_back(shape.names.size(), label.value);
    shape.names.push_back(label.name);
    shape.offsets.push_back(end_of(label, labels));
  }
}

}  // namespace weir::wire
