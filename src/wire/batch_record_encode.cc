#include <algorithm>
#include <cmath>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "wire/batch_record.h"
#include "wire/batch_record_layout.h"
#include "wire/exemplar_columns.h"
#include "wire/histogram_columns.h"
#include "wire/series_shapes.h"
#include "wire/snappy_block.h"

namespace weir::wire {
namespace {

/// Builds the columns of one record. Lives for one call; views point into the batch.
class Encoder {
 public:
  Encoder(const Batch& batch, uint8_t version)
      : batch_(batch),
        with_histograms_(version >= kBatchRecordHistogramVersion),
        with_exemplars_(version >= kBatchRecordExemplarVersion) {}

  void add(const Batch::Series& series) {
    write_labels(shapes_.next(batch_.labels(series).bytes()));
    series_out_.varint(series.sample_count);
    add_samples(series);
    if (with_histograms_) add_histograms(series);
    if (with_exemplars_) add_exemplars(series);
  }

  std::string body(size_t series_count) const {
    std::string out;
    out.reserve(symbols_.size() + series_.size() + timestamps_.size() + values_.size() + 4 * 10);
    std::string histograms;
    if (with_histograms_) histograms_.append_to(histograms);
    ByteWriter writer(out);
    writer.varint(symbol_ids_.size());
    writer.varint(series_count);
    writer.varint(series_.size());
    writer.varint(timestamps_.size());
    if (with_histograms_) writer.varint(values_.size());
    if (with_exemplars_) writer.varint(histograms.size());
    writer.raw(symbols_);
    writer.raw(series_);
    writer.raw(timestamps_);
    writer.raw(values_);
    writer.raw(histograms);
    if (with_exemplars_) exemplars_.append_to(out);
    return out;
  }

 private:
  // The shape, its names when they are new, a bitmap of the labels that changed, and their values.
  void write_labels(size_t shape) {
    const std::vector<std::string_view>& names = shapes_.names(shape);
    series_out_.varint(shape);
    if (shape == shapes_written_) {
      series_out_.varint(names.size());
      for (const std::string_view name : names) series_out_.varint(symbol(name));
      ++shapes_written_;
    }
    const size_t bitmap = series_.size();
    series_.append(batch_record_bitmap_bytes(names.size()), '\0');
    for (const SeriesShapes::Change& change : shapes_.changes()) {
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

  void add_histograms(const Batch::Series& series) {
    series_out_.varint(series.histogram_count);
    histograms_.begin_series();
    const auto times = batch_.histogram_times_ms(series);
    const auto histograms = batch_.histograms(series);
    for (size_t i = 0; i < times.size(); ++i) histograms_.add(times[i], histograms[i]);
  }

  void add_exemplars(const Batch::Series& series) {
    series_out_.varint(series.exemplar_count);
    for (size_t i = 0; i < series.exemplar_count; ++i) exemplars_.add(batch_.exemplar(series, i));
  }

  void add_value(double value) {
    const bool integer = std::fabs(value) <= kBatchRecordIntegerMax && value == std::trunc(value);
    if (integer && (value != 0 || !std::signbit(value))) {
      const auto number = static_cast<int64_t>(value);
      values_out_.varint(zigzag(number) + 1);
    } else {
      values_out_.varint(kBatchRecordRawValue);
      values_out_.f64(value);
    }
  }

  const Batch& batch_;
  const bool with_histograms_;
  const bool with_exemplars_;
  HistogramColumnsWriter histograms_;
  ExemplarColumnsWriter exemplars_;
  SeriesShapes shapes_;
  size_t shapes_written_ = 0;
  absl::flat_hash_map<std::string_view, uint32_t, StringHash> symbol_ids_;
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

// The lowest that can hold these series, so that builds as old as may be read them.
uint8_t version_of(const Batch& batch, std::span<const uint32_t> series_indexes) {
  uint8_t version = kBatchRecordVersion;
  for (const uint32_t index : series_indexes) {
    const Batch::Series& series = batch.series()[index];
    if (series.exemplar_count > 0) return kBatchRecordExemplarVersion;
    if (series.histogram_count > 0) version = kBatchRecordHistogramVersion;
  }
  return version;
}

}  // namespace

void encode_batch_record(const Batch& batch, std::span<const uint32_t> series_indexes, std::string& out) {
  // Below this size compression gains less than it costs.
  constexpr size_t kCompressBytesMin = 512;
  const uint8_t version = version_of(batch, series_indexes);
  Encoder encoder(batch, version);
  for (const uint32_t index : series_indexes) encoder.add(batch.series()[index]);
  const std::string body = encoder.body(series_indexes.size());
  const size_t begin = out.size();
  ByteWriter writer(out);
  writer.u8(version);
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
