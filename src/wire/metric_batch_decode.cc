#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "wire/avro_blocks.h"
#include "wire/metric_batch.h"
#include "wire/metric_batch_histogram.h"
#include "wire/series_assembler.h"

namespace weir::wire {
namespace {

/// Reads one record. Lives for one call; views point into the record. The columns are found first, and then
/// walked side by side.
class Decoder {
 public:
  Decoder(std::string_view bytes, size_t decoded_bytes_max, Batch& batch)
      : bytes_(bytes), batch_(batch), assembler_("metric batch", batch, decoded_bytes_max) {}

  Status decode() {
    ByteReader in(bytes_);
    RETURN_IF_ERROR(read_symbols(in));
    RETURN_IF_ERROR(find_columns(in));
    if (!in.at_end()) return damaged("bytes are left over", in);
    RETURN_IF_ERROR(next_histogram());
    RETURN_IF_ERROR(next_exemplar());
    for (; series_.next(); ++series_count_) {
      RETURN_IF_ERROR(read_series());
      if (has_histogram_) RETURN_IF_ERROR(read_histograms());
      if (has_exemplar_) RETURN_IF_ERROR(read_exemplars());
    }
    if (!series_.ok()) return damaged("a series is cut short", series_.in());
    for (AvroBlocks* column : {&timestamps_, &values_}) {
      if (column->next()) return damaged("samples are left over", column->in());
      if (!column->ok()) return damaged("a sample is cut short", column->in());
    }
    if (has_histogram_) return damaged("a histogram of no series, or out of order", histograms_.in());
    if (has_exemplar_) return damaged("an exemplar of no series, or out of order", exemplars_.in());
    return {};
  }

 private:
  Status read_symbols(ByteReader& in) {
    AvroBlocks blocks(in);
    while (blocks.next()) {
      const size_t begin = blocks.in().position();
      const std::string_view text = blocks.in().raw(static_cast<uint64_t>(blocks.in().svarint()));
      if (text.empty()) return corruption(fmt::format("metric batch: bad symbol at byte {}", begin));
      symbols_.add(text);
    }
    symbols_.finish();
    in = blocks.in();
    return in.ok() ? ok_status() : damaged("the symbols are cut short", in);
  }

  // Leaves `in` behind the exemplars.
  Status find_columns(ByteReader& in) {
    const auto skip_int = [](ByteReader& item) { item.varint(); };
    const auto skip_refs = [&](ByteReader& item) {
      AvroBlocks refs(item);
      refs.skip(0, skip_int);
      item = refs.in();
    };
    const auto skip_series = [&](ByteReader& item) {
      skip_refs(item);
      item.varint();
    };
    const auto skip_exemplar = [&](ByteReader& item) {
      item.varint();
      skip_refs(item);
      item.varint();
      item.f64();
    };
    if (!skip_column(series_, 0, skip_series, in)) return damaged("a series is cut short", in);
    if (!skip_column(timestamps_, 0, skip_int, in)) return damaged("a timestamp is cut short", in);
    if (!skip_column(
            values_, sizeof(double), [](ByteReader& item) { item.f64(); }, in)) {
      return damaged("a value is cut short", in);
    }
    if (!skip_column(histograms_, 0, skip_avro_histogram, in)) return damaged("a histogram is cut short", in);
    if (!skip_column(exemplars_, 0, skip_exemplar, in)) return damaged("an exemplar is cut short", in);
    return {};
  }

  template <typename SkipItem>
  static bool skip_column(AvroBlocks& column, size_t item_bytes, SkipItem skip_item, ByteReader& in) {
    column = AvroBlocks(in);
    AvroBlocks copy = column;
    const bool whole = copy.skip(item_bytes, skip_item);
    in = copy.in();
    return whole;
  }

  Status read_series() {
    RETURN_IF_ERROR(read_labels());
    const int64_t sample_count = series_.in().svarint();
    if (!series_.ok()) return damaged("cut short", series_.in());
    if (sample_count < 0 || static_cast<uint64_t>(sample_count) > values_.in().remaining() / sizeof(double)) {
      return damaged("more samples than values", series_.in());
    }
    RETURN_IF_ERROR(assembler_.begin(static_cast<uint64_t>(sample_count)));
    return read_samples(sample_count);
  }

  Status read_labels() {
    AvroBlocks refs(series_.in());
    bool names_known = true;
    size_t label = 0;
    for (; refs.next(); ++label) {
      const uint64_t name = refs.in().varint();
      if (!refs.next()) return damaged("a name without a value", refs.in());
      const uint64_t value = refs.in().varint();
      if (!refs.ok() || !is_symbol(name) || !is_symbol(value)) {
        return damaged("no such symbol", refs.in());
      }
      names_known = names_known && label < names_.size() && names_[label] == name;
      if (!names_known && !append_name(label, name)) return damaged("label names do not ascend", refs.in());
      assembler_.add(symbols_.canonical(name >> 1));
      assembler_.add(symbols_.canonical(value >> 1));
    }
    names_.resize(label);
    series_.in() = refs.in();
    return {};
  }

  // Names must ascend, or two records could write one series in two ways. `names_` holds those of the series
  // before, so that they are compared as texts only from where they differ.
  bool append_name(size_t label, uint64_t name) {
    names_.resize(label);
    if (label != 0 && symbols_.text(name >> 1) <= symbols_.text(names_.back() >> 1)) return false;
    names_.push_back(name);
    return true;
  }

  // References are zigzag coded, as they stand in the record.
  bool is_symbol(uint64_t ref) const { return (ref & 1) == 0 && ref >> 1 < symbols_.size(); }

  Status read_samples(int64_t count) {
    for (; count > 0; --count) {
      if (!timestamps_.next()) return damaged("more samples than timestamps", series_.in());
      if (!values_.next()) return damaged("more samples than values", series_.in());
      const auto delta = static_cast<uint64_t>(timestamps_.in().svarint());
      last_timestamp_ms_ = static_cast<TimestampMs>(static_cast<uint64_t>(last_timestamp_ms_) + delta);
      batch_.add_sample(last_timestamp_ms_, values_.in().f64());
    }
    return {};
  }

  // The histograms of the series begun last. They come in the order of the series.
  Status read_histograms() {
    while (has_histogram_ && histogram_.series_index == series_count_) {
      RETURN_IF_ERROR(assembler_.add_histogram(histogram_.timestamp_ms, histogram_.histogram));
      RETURN_IF_ERROR(next_histogram());
    }
    return {};
  }

  Status next_histogram() {
    has_histogram_ = histograms_.next();
    if (!has_histogram_)
      return histograms_.ok() ? ok_status() : damaged("a histogram is cut short", histograms_.in());
    const Status read = read_avro_histogram(histograms_.in(), histogram_);
    return read.ok() ? ok_status() : damaged(read.error().message, histograms_.in());
  }

  // The exemplars of the series begun last. They come in the order of the series.
  Status read_exemplars() {
    while (has_exemplar_ && exemplar_series_ == series_count_) {
      RETURN_IF_ERROR(assembler_.add_exemplar({LabelsView(exemplar_labels_), exemplar_value_, exemplar_ms_}));
      RETURN_IF_ERROR(next_exemplar());
    }
    return {};
  }

  Status next_exemplar() {
    has_exemplar_ = exemplars_.next();
    ByteReader& in = exemplars_.in();
    if (has_exemplar_) {
      exemplar_series_ = in.svarint();
      RETURN_IF_ERROR(read_exemplar_labels(in));
      exemplar_ms_ = in.svarint();
      exemplar_value_ = in.f64();
    }
    return exemplars_.ok() ? ok_status() : damaged("an exemplar is cut short", in);
  }

  Status read_exemplar_labels(ByteReader& in) {
    exemplar_labels_.clear();
    AvroBlocks refs(in);
    bool is_name = true;
    for (; refs.next(); is_name = !is_name) {
      const uint64_t ref = refs.in().varint();
      if (!refs.ok() || !is_symbol(ref)) return damaged("no such symbol", refs.in());
      exemplar_labels_.append(symbols_.canonical(ref >> 1));
      if (exemplar_labels_.size() > kExemplarLabelBytesMax)
        return damaged("too long labels of an exemplar", refs.in());
    }
    in = refs.in();
    if (!is_name) return damaged("a name without a value", in);
    const Status valid = validate_exemplar_labels(exemplar_labels_);
    return valid.ok() ? ok_status() : damaged(valid.error().message, in);
  }

  static Error damaged(std::string_view what, const ByteReader& in) {
    return corruption(fmt::format("metric batch: {} at byte {}", what, in.position()));
  }

  std::string_view bytes_;
  Batch& batch_;
  SeriesAssembler assembler_;
  SymbolTable symbols_;
  std::vector<uint64_t> names_;  // references of the last series, as they stand in the record
  AvroBlocks series_;
  AvroBlocks timestamps_;
  AvroBlocks values_;
  AvroBlocks histograms_;
  AvroHistogram histogram_;  // the next one
  bool has_histogram_ = false;
  AvroBlocks exemplars_;
  bool has_exemplar_ = false;  // what follows is the next one
  int64_t exemplar_series_ = 0;
  std::string exemplar_labels_;
  TimestampMs exemplar_ms_ = 0;
  double exemplar_value_ = 0;
  int64_t series_count_ = 0;
  TimestampMs last_timestamp_ms_ = 0;
};

}  // namespace

Status decode_metric_batch(std::string_view bytes, size_t decoded_bytes_max, Batch& batch) {
  const Batch::Mark mark = batch.mark();
  Status status = Decoder(bytes, decoded_bytes_max, batch).decode();
  if (!status.ok()) batch.rewind(mark);
  return status;
}

}  // namespace weir::wire
