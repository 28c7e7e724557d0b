#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "wire/batch_record.h"
#include "wire/batch_record_layout.h"
#include "wire/snappy_block.h"

namespace weir::wire {
namespace {

struct TextHash {
  size_t operator()(std::string_view text) const { return stable_hash(text); }
};

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

/// Builds the columns of one record. Lives for one call; views point into the batch.
class Encoder {
 public:
  explicit Encoder(const Batch& batch) : batch_(batch) {}

  void add(const Batch::Series& series) {
    const std::string_view labels = batch_.labels(series).bytes();
    if (shape_ == shapes_.size() || !find_changes(shapes_[shape_], labels)) switch_shape(labels);
    write_labels(shapes_[shape_]);
    series_out_.varint(series.sample_count);
    add_samples(series);
  }

  std::string body(size_t series_count) const {
    std::string out;
    out.reserve(symbols_.size() + series_.size() + timestamps_.size() + values_.size() + 4 * 10);
    ByteWriter writer(out);
    writer.varint(symbol_ids_.size());
    writer.varint(series_count);
    writer.varint(series_.size());
    writer.varint(timestamps_.size());
    writer.raw(symbols_);
    writer.raw(series_);
    writer.raw(timestamps_);
    writer.raw(values_);
    return out;
  }

 private:
  /// A sequence of label names, and the last series that had just these names.
  struct Shape {
    bool written = false;
    std::vector<std::string_view> names;
    std::string_view labels;      // canonical
    std::vector<size_t> offsets;  // where each label of `labels` begins, then its size
  };

  /// A label whose value is not that of the shape's last series.
  struct Change {
    size_t index;
    std::string_view value;
  };

  // Compares `labels` with the last series of the shape, whose place it takes, and leaves what differs in
  // `changes_`. False, and the shape is as it was, when the names differ. Most of the cost of encoding is
  // here, so runs of equal labels are passed over as bytes, and only labels that differ are taken apart.
  bool find_changes(Shape& shape, std::string_view labels) {
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

  static size_t end_of(const Label& label, std::string_view labels) {
    return static_cast<size_t>(label.value.data() + label.value.size() - labels.data());
  }

  // Goes to the shape of `labels`, which differs from the last one or is the first.
  void switch_shape(std::string_view labels) {
    shape_key_.clear();
    ByteWriter key(shape_key_);
    for (const Label& label : LabelsView(labels)) key.text(label.name);
    const auto [found, added] = shape_ids_.try_emplace(shape_key_, shapes_.size());
    shape_ = found->second;
    if (added) {
      begin_shape(labels);
    } else {
      const bool same_names = find_changes(shapes_[shape_], labels);
      CHECK(same_names, "series of one shape have the same names");
    }
  }

  // The first series of a shape differs from nothing, everywhere.
  void begin_shape(std::string_view labels) {
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

  // The shape, its names when they are new, a bitmap of the labels that changed, and their values.
  void write_labels(Shape& shape) {
    series_out_.varint(shape_);
    if (!shape.written) {
      series_out_.varint(shape.names.size());
      for (const std::string_view name : shape.names) series_out_.varint(symbol(name));
      shape.written = true;
    }
    const size_t bitmap = series_.size();
    series_.append(batch_record_bitmap_bytes(shape.names.size()), '\0');
    for (const Change& change : changes_) {
      series_[bitmap + change.index / 8] |= static_cast<char>(1u << (change.index % 8));
      series_out_.varint(symbol(change.value));
    }
  }

  uint32_t symbol(std::string_view text) {
    const auto [found, added] = symbol_ids_.try_emplace(text, static_cast<uint32_t>(symbol_ids_.size()));
    if (added) symbols_out_.text(text);
    return found->second;
  }

  void add_samples(const Batch::Series& series) {
    for (const TimestampMs timestamp_ms : batch_.timestamps_ms(series)) {
      // In unsigned arithmetic, which wraps: any two timestamps have a difference.
      const uint64_t delta = static_cast<uint64_t>(timestamp_ms) - static_cast<uint64_t>(last_timestamp_ms_);
      timestamps_out_.svarint(static_cast<int64_t>(delta));
      last_timestamp_ms_ = timestamp_ms;
    }
    for (const double value : batch_.values(series)) add_value(value);
  }

  void add_value(double value) {
    const bool integer = std::fabs(value) <= kBatchRecordIntegerMax && value == std::trunc(value);
    if (integer && (value != 0 || !std::signbit(value))) {
      const auto number = static_cast<int64_t>(value);
      const uint64_t zigzag = (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63);
      values_out_.varint(zigzag + 1);
    } else {
      values_out_.varint(kBatchRecordRawValue);
      values_out_.f64(value);
    }
  }

  const Batch& batch_;
  std::vector<Change> changes_;  // of the series being added
  std::vector<size_t> offsets_;
  absl::flat_hash_map<std::string_view, uint32_t, TextHash> symbol_ids_;
  absl::flat_hash_map<std::string, size_t> shape_ids_;  // by the names, each after its length
  std::string shape_key_;
  std::vector<Shape> shapes_;
  size_t shape_ = 0;  // of the series added last
  TimestampMs last_timestamp_ms_ = 0;

  std::string symbols_;
  std::string series_;
  std::string timestamps_;
  std::string values_;
  ByteWriter symbols_out_{symbols_};
  ByteWriter series_out_{series_};
  ByteWriter timestamps_out_{timestamps_};
  ByteWriter values_out_{values_};
};

}  // namespace

void encode_batch_record(const Batch& batch, std::span<const uint32_t> series_indexes, std::string& out) {
  // Below this size compression gains less than it costs.
  constexpr size_t kCompressBytesMin = 512;
  Encoder encoder(batch);
  for (const uint32_t index : series_indexes) encoder.add(batch.series()[index]);
  const std::string body = encoder.body(series_indexes.size());
  const size_t begin = out.size();
  ByteWriter writer(out);
  writer.u8(kBatchRecordVersion);
  if (body.size() >= kCompressBytesMin) {
    writer.u8(kBatchRecordSnappy);
    snappy_encode(body, out);
    if (out.size() - begin < body.size()) return;
    out.resize(begin + 1);
  }
  writer.u8(0);
  writer.raw(body);
}

}  // namespace weir::wire
