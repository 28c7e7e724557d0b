#include <bit>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "wire/metric_batch.h"
#include "wire/metric_batch_histogram.h"
#include "wire/series_shapes.h"

namespace weir::wire {
namespace {

/// Builds the columns of one record. Lives for one call; views point into the batch.
class Encoder {
 public:
  explicit Encoder(const Batch& batch) : batch_(batch) {}

  void add(const Batch::Series& series) {
    write_labels(refs_of(batch_.labels(series).bytes()));
    series_out_.svarint(series.sample_count);
    for (const TimestampMs timestamp_ms : batch_.timestamps_ms(series)) {
      // In unsigned arithmetic, which wraps: any two timestamps have a difference.
      const uint64_t delta = static_cast<uint64_t>(timestamp_ms) - static_cast<uint64_t>(last_timestamp_ms_);
      timestamps_out_.svarint(static_cast<int64_t>(delta));
      last_timestamp_ms_ = timestamp_ms;
    }
    sample_count_ += series.sample_count;
    if (series.histogram_count > 0) add_histograms(series);
    if (series.exemplar_count > 0) add_exemplars(series);
    ++series_count_;
  }

  void finish(std::span<const uint32_t> series_indexes, std::string& out) const {
    constexpr size_t kFramesBytes = 64;
    out.reserve(out.size() + symbols_.size() + series_.size() + timestamps_.size() + histograms_.size() +
                exemplars_.size() + 8 * sample_count_ + kFramesBytes);
    ByteWriter writer(out);
    write_array(writer, symbol_ids_.size(), symbols_);
    write_sized_array(writer, series_indexes.size(), series_);
    write_sized_array(writer, sample_count_, timestamps_);
    write_values(writer, series_indexes);
    write_sized_array(writer, histogram_count_, histograms_);
    write_sized_array(writer, exemplar_count_, exemplars_);
  }

 private:
  void add_histograms(const Batch::Series& series) {
    const auto times = batch_.histogram_times_ms(series);
    const auto histograms = batch_.histograms(series);
    for (size_t i = 0; i < times.size(); ++i)
      append_avro_histogram(series_count_, times[i], histograms[i], histograms_out_);
    histogram_count_ += times.size();
  }

  void add_exemplars(const Batch::Series& series) {
    for (size_t i = 0; i < series.exemplar_count; ++i) {
      const Exemplar exemplar = batch_.exemplar(series, i);
      exemplars_out_.svarint(series_count_);
      const size_t labels = exemplar.labels.count();
      if (labels != 0) exemplars_out_.svarint(static_cast<int64_t>(2 * labels));
      for (const Label& label : exemplar.labels) {
        exemplars_out_.svarint(symbol(label.name));
        exemplars_out_.svarint(symbol(label.value));
      }
      exemplars_out_.u8(0);
      exemplars_out_.svarint(exemplar.timestamp_ms);
      exemplars_out_.f64(exemplar.value);
    }
    exemplar_count_ += series.exemplar_count;
  }

  /// The references of a shape's last series: name and value, label by label.
  using Refs = std::vector<uint32_t>;

  const Refs& refs_of(std::string_view labels) {
    const size_t shape = shapes_.next(labels);
    if (shape == refs_.size()) begin_shape(shapes_.names(shape));
    Refs& refs = refs_[shape];
    for (const SeriesShapes::Change& change : shapes_.changes()) {
      refs[2 * change.index + 1] = symbol(change.value);
    }
    return refs;
  }

  void begin_shape(const std::vector<std::string_view>& names) {
    Refs& refs = refs_.emplace_back(2 * names.size());
    for (size_t i = 0; i < names.size(); ++i) refs[2 * i] = symbol(names[i]);
  }

  uint32_t symbol(std::string_view text) {
    const auto [found, added] = symbol_ids_.try_emplace(text, static_cast<uint32_t>(symbol_ids_.size()));
    if (added) {
      symbols_out_.svarint(static_cast<int64_t>(text.size()));
      symbols_out_.raw(text);
    }
    return found->second;
  }

  // Most of what is written are references, so they go through a buffer that has room for all of a series.
  void write_labels(const Refs& refs) {
    constexpr size_t kRefBytesMax = 5;
    if (!refs.empty()) series_out_.svarint(static_cast<int64_t>(refs.size()));
    if (refs_bytes_.size() < kRefBytesMax * refs.size()) refs_bytes_.resize(kRefBytesMax * refs.size());
    char* at = refs_bytes_.data();
    for (const uint32_t ref : refs) at = put_ref(at, ref);
    series_.append(refs_bytes_.data(), at);
    series_out_.u8(0);
  }

  // Zigzag coded: twice the reference.
  static char* put_ref(char* at, uint64_t ref) {
    uint64_t rest = 2 * ref;
    for (; rest >= 0x80; rest >>= 7) *at++ = static_cast<char>(rest | 0x80);
    *at++ = static_cast<char>(rest);
    return at;
  }

  // One block, and the empty one that ends the array.
  static void write_array(ByteWriter& writer, size_t count, std::string_view items) {
    if (count != 0) {
      writer.svarint(static_cast<int64_t>(count));
      writer.raw(items);
    }
    writer.u8(0);
  }

  // A negative count has the block's size after it: our decoder finds the next column without reading this.
  static void write_sized_array(ByteWriter& writer, size_t count, std::string_view items) {
    if (count != 0) {
      writer.svarint(-static_cast<int64_t>(count));
      writer.svarint(static_cast<int64_t>(items.size()));
      writer.raw(items);
    }
    writer.u8(0);
  }

  void write_values(ByteWriter& writer, std::span<const uint32_t> series_indexes) const {
    if (sample_count_ != 0) writer.svarint(static_cast<int64_t>(sample_count_));
    static_assert(std::endian::native == std::endian::little, "Avro's doubles are little endian");
    for (const uint32_t index : series_indexes) {
      const std::span<const double> values = batch_.values(batch_.series()[index]);
      writer.raw(as_text(std::as_bytes(values)));
    }
    writer.u8(0);
  }

  const Batch& batch_;
  SeriesShapes shapes_;
  std::vector<Refs> refs_;  // by shape
  absl::flat_hash_map<std::string_view, uint32_t, StringHash> symbol_ids_;
  TimestampMs last_timestamp_ms_ = 0;
  size_t sample_count_ = 0;
  size_t histogram_count_ = 0;
  size_t exemplar_count_ = 0;
  uint32_t series_count_ = 0;

  std::string symbols_;
  std::string series_;
  std::string refs_bytes_;  // of one series
  std::string timestamps_;
  std::string histograms_;
  std::string exemplars_;
  ByteWriter symbols_out_{symbols_};
  ByteWriter series_out_{series_};
  ByteWriter timestamps_out_{timestamps_};
  ByteWriter histograms_out_{histograms_};
  ByteWriter exemplars_out_{exemplars_};
};

}  // namespace

void encode_metric_batch(const Batch& batch, std::span<const uint32_t> series_indexes, std::string& out) {
  Encoder encoder(batch);
  for (const uint32_t index : series_indexes) encoder.add(batch.series()[index]);
  encoder.finish(series_indexes, out);
}

}  // namespace weir::wire
