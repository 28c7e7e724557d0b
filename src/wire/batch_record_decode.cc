#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "wire/batch_record.h"
#include "wire/batch_record_layout.h"
#include "wire/exemplar_columns.h"
#include "wire/histogram_columns.h"
#include "wire/series_assembler.h"
#include "wire/snappy_block.h"

namespace weir::wire {
namespace {

/// Reads one body. Lives for one call; views point into the body.
class Decoder {
 public:
  Decoder(std::string_view body, uint8_t version, size_t decoded_bytes_max, Batch& batch)
      : body_(body),
        with_histograms_(version >= kBatchRecordHistogramVersion),
        with_exemplars_(version >= kBatchRecordExemplarVersion),
        batch_(batch),
        assembler_("batch record", batch, decoded_bytes_max) {}

  Status decode() {
    ByteReader in(body_);
    const uint64_t symbol_count = in.varint();
    const uint64_t series_count = in.varint();
    const uint64_t series_bytes = in.varint();
    const uint64_t timestamps_bytes = in.varint();
    const uint64_t values_bytes = with_histograms_ ? in.varint() : 0;
    const uint64_t histograms_bytes = with_exemplars_ ? in.varint() : 0;
    RETURN_IF_ERROR(read_symbols(in, symbol_count));
    series_ = column(in, series_bytes);
    timestamps_ = column(in, timestamps_bytes);
    values_ = column(in, with_histograms_ ? values_bytes : in.remaining());
    if (with_histograms_)
      RETURN_IF_ERROR(open_histograms(in.raw(with_exemplars_ ? histograms_bytes : in.remaining())));
    if (with_exemplars_) RETURN_IF_ERROR(open_exemplars(in.raw(in.remaining())));
    if (!in.ok()) return corruption("batch record: a column is longer than the body");
    for (uint64_t i = 0; i < series_count; ++i) RETURN_IF_ERROR(read_series());
    for (const Column* column : {&series_, &timestamps_, &values_}) {
      if (!column->in.at_end()) return damaged(*column, "bytes are left over");
    }
    if (!histograms_.at_end()) return corruption("batch record: histograms are left over");
    if (!exemplars_.at_end()) return corruption("batch record: exemplars are left over");
    return {};
  }

 private:
  /// A part of the body with its place there, for messages.
  struct Column {
    size_t begin = 0;
    ByteReader in{std::string_view()};
  };

  /// Label names, and the values of the last series that had just these names.
  struct Shape {
    std::vector<uint32_t> names;
    std::vector<uint32_t> values;
    bool used = false;
  };

  Column column(ByteReader& in, uint64_t size) const {
    const size_t begin = in.position();
    return {begin, ByteReader(in.raw(size))};
  }

  Status open_histograms(std::string_view bytes) {
    Result<HistogramColumnsReader> section = HistogramColumnsReader::open(bytes);
    if (!section.ok()) return std::move(section).error().context("batch record");
    histograms_ = *std::move(section);
    return {};
  }

  Status open_exemplars(std::string_view bytes) {
    Result<ExemplarColumnsReader> section = ExemplarColumnsReader::open(bytes);
    if (!section.ok()) return std::move(section).error().context("batch record");
    exemplars_ = *std::move(section);
    return {};
  }

  // Whether a length takes as many bytes as it needs and no more.
  static bool is_shortest(size_t header_bytes, size_t length) {
    return header_bytes == 1 || length >> (7 * (header_bytes - 1)) != 0;
  }

  Status read_symbols(ByteReader& in, uint64_t count) {
    // Each takes a byte for its length and one at least for its text.
    if (count > in.remaining() / 2) {
      return corruption(fmt::format("batch record: {} symbols in a body of {} bytes", count, body_.size()));
    }
    for (uint64_t i = 0; i < count; ++i) {
      const size_t begin = in.position();
      const std::string_view text = in.text();
      const size_t header = in.position() - begin - text.size();
      if (!in.ok() || text.empty() || !is_shortest(header, text.size())) {
        return corruption(fmt::format("batch record: bad symbol at byte {}", begin));
      }
      symbols_.add(text);
    }
    symbols_.finish();
    return {};
  }

  Status read_series() {
    const uint64_t index = series_.in.varint();
    if (index > shapes_.size()) return damaged(series_, "no such shape");
    if (index == shapes_.size()) RETURN_IF_ERROR(read_shape());
    Shape& shape = shapes_[index];
    RETURN_IF_ERROR(read_values(shape));
    const uint64_t sample_count = series_.in.varint();
    if (!series_.in.ok()) return damaged(series_, "cut short");
    if (sample_count > timestamps_.in.remaining()) return damaged(series_, "more samples than timestamps");
    const uint64_t histogram_count = with_histograms_ ? series_.in.varint() : 0;
    const uint64_t exemplar_count = with_exemplars_ ? series_.in.varint() : 0;
    if (!series_.in.ok()) return damaged(series_, "cut short");
    RETURN_IF_ERROR(begin_series(shape, sample_count));
    RETURN_IF_ERROR(read_samples(sample_count));
    RETURN_IF_ERROR(read_histograms(histogram_count));
    return read_exemplars(exemplar_count);
  }

  // Names must ascend, or two records could write one series in two ways.
  Status read_shape() {
    const uint64_t count = series_.in.varint();
    if (count > series_.in.remaining()) return damaged(series_, "more labels than bytes");
    Shape& shape = shapes_.emplace_back();
    shape.names.resize(count);
    shape.values.resize(count);
    std::string_view previous;
    for (uint32_t& name : shape.names) {
      RETURN_IF_ERROR(read_symbol(name));
      const std::string_view text = symbols_.text(name);
      if (text <= previous) return damaged(series_, "label names do not ascend");
      previous = text;
    }
    return {};
  }

  Status read_values(Shape& shape) {
    const size_t count = shape.values.size();
    const std::string_view bitmap = series_.in.raw(batch_record_bitmap_bytes(count));
    if (!series_.in.ok()) return damaged(series_, "cut short");
    for (size_t i = 0; i < count; ++i) {
      const bool changed = (static_cast<uint8_t>(bitmap[i / 8]) >> (i % 8) & 1) != 0;
      if (changed) {
        RETURN_IF_ERROR(read_symbol(shape.values[i]));
      } else if (!shape.used) {
        return damaged(series_, "the first series of a shape lacks a value");
      }
    }
    if (count % 8 != 0 && static_cast<uint8_t>(bitmap.back()) >> (count % 8) != 0) {
      return damaged(series_, "a bit without a label is set");
    }
    shape.used = true;
    return {};
  }

  Status read_symbol(uint32_t& symbol) {
    const uint64_t index = series_.in.varint();
    if (!series_.in.ok() || index >= symbols_.size()) return damaged(series_, "no such symbol");
    symbol = static_cast<uint32_t>(index);
    return {};
  }

  Status begin_series(const Shape& shape, uint64_t sample_count) {
    for (size_t i = 0; i < shape.names.size(); ++i) {
      assembler_.add(symbols_.canonical(shape.names[i]));
      assembler_.add(symbols_.canonical(shape.values[i]));
    }
    return assembler_.begin(sample_count);
  }

  Status read_samples(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      const auto delta = static_cast<uint64_t>(timestamps_.in.svarint());
      last_timestamp_ms_ = static_cast<TimestampMs>(static_cast<uint64_t>(last_timestamp_ms_) + delta);
      batch_.add_sample(last_timestamp_ms_, read_value());
    }
    if (!timestamps_.in.ok()) return damaged(timestamps_, "cut short");
    if (!values_.in.ok()) return damaged(values_, "cut short");
    return {};
  }

  Status read_histograms(uint64_t count) {
    histograms_.begin_series();
    for (uint64_t i = 0; i < count; ++i) {
      Status read = histograms_.next();
      if (!read.ok()) return std::move(read).error().context("batch record");
      RETURN_IF_ERROR(assembler_.add_histogram(histograms_.timestamp_ms(), histograms_.histogram()));
    }
    return {};
  }

  Status read_exemplars(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      Status read = exemplars_.next();
      if (!read.ok()) return std::move(read).error().context("batch record");
      RETURN_IF_ERROR(assembler_.add_exemplar(exemplars_.exemplar()));
    }
    return {};
  }

  double read_value() {
    const uint64_t token = values_.in.varint();
    if (token == kBatchRecordRawValue) return values_.in.f64();
    return static_cast<double>(unzigzag(token - 1));
  }

  static Error damaged(const Column& column, std::string_view what) {
    return corruption(fmt::format("batch record: {} at byte {}", what, column.begin + column.in.position()));
  }

  std::string_view body_;
  bool with_histograms_;
  bool with_exemplars_;
  Batch& batch_;
  SeriesAssembler assembler_;
  HistogramColumnsReader histograms_;
  ExemplarColumnsReader exemplars_;
  Column series_;
  Column timestamps_;
  Column values_;
  SymbolTable symbols_;
  std::vector<Shape> shapes_;
  TimestampMs last_timestamp_ms_ = 0;
};

// The body, in the payload itself or decompressed into `scratch`; and its version.
Result<std::string_view> body_of(std::string_view payload, size_t body_bytes_max, std::string& scratch,
                                 uint8_t& version) {
  ByteReader in(payload);
  version = in.u8();
  const uint8_t flags = in.u8();
  if (!in.ok()) return corruption(fmt::format("{} bytes are too few", payload.size()));
  if (version < kBatchRecordVersion || version > kBatchRecordExemplarVersion) {
    return unsupported(fmt::format("version {}, this build reads {} to {}", version, kBatchRecordVersion,
                                   kBatchRecordExemplarVersion));
  }
  const std::string_view body = payload.substr(in.position());
  if (flags == 0) return body;
  if (flags != kBatchRecordSnappy) return unsupported(fmt::format("flags {:#x}", flags));
  Result<std::string_view> uncompressed = snappy_decode(body, body_bytes_max, 0, scratch);
  if (uncompressed.ok() || uncompressed.error().code == Code::kResourceExhausted) return uncompressed;
  return corruption(uncompressed.error().message);
}

}  // namespace

Status decode_batch_record(std::string_view payload, size_t decoded_bytes_max, Batch& batch) {
  std::string scratch;
  uint8_t version = 0;
  ASSIGN_OR_RETURN(const std::string_view body,
                   body_of(payload, 2 * decoded_bytes_max, scratch, version).context("batch record"));
  const Batch::Mark mark = batch.mark();
  Status status = Decoder(body, version, decoded_bytes_max, batch).decode();
  if (!status.ok()) batch.rewind(mark);
  return status;
}

}  // namespace weir::wire
