#pragma once

#include <cstddef>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "model/histogram.h"

/// Lists of histograms in columns, each coded as what differs from the one before. Part of log records
/// (docs/formats/batch-record.md, "Histograms", has the layout), and what the store's head keeps in memory.
namespace weir::wire {

/// At least what a histogram and its time add to any record, and to `Batch::size_bytes` after decoding.
inline size_t histogram_bound(const Histogram& histogram) {
  // A span is 8 bytes in memory and at most 10 here; every double at most 8 here, and small parts 64
  // together.
  const size_t spans = histogram.layout.positive_spans.size() + histogram.layout.negative_spans.size();
  return 64 + histogram.size_bytes() + 2 * spans;
}

/// Appends a layout.
void append_histogram_layout(const HistogramLayout& layout, ByteWriter& out);
/// Reads one over whatever `layout` holds. The bytes may be hostile; the layout is valid after success.
/// Errors: kCorruption.
Status read_histogram_layout(ByteReader& in, HistogramLayout& layout);

/// Writes a histogram: its form to `heads`, its numbers to `counts`, which may be the same. Both sides must
/// give the same `previous`.
/// - `previous`: the histogram written before; null for the first of a list.
/// - `same_series`: `previous` is an earlier sample of the same series, so the counts are likely to be near.
void encode_histogram(const Histogram* previous, bool same_series, const Histogram& histogram,
                      ByteWriter& heads, ByteWriter& counts);

/// Reads one over the one before: `histogram` holds that one (anything for the first of a list, when
/// `has_previous` is false), and the result after success. The bytes may be hostile; what comes out is valid
/// (`validate`), so no larger than a histogram can be. After an error `histogram` is not to be used as a
/// previous one. Errors: kCorruption.
Status decode_histogram(bool has_previous, bool same_series, ByteReader& heads, ByteReader& counts,
                        Histogram& histogram);

/// Builds the columns of a list of histograms of several series. Lives for one record; keeps a pointer to the
/// histogram added last.
class HistogramColumnsWriter {
 public:
  /// The next histograms belong to another series.
  void begin_series() { same_series_ = false; }
  void add(TimestampMs timestamp_ms, const Histogram& histogram);
  /// Appends the section.
  void append_to(std::string& out) const;

 private:
  const Histogram* previous_ = nullptr;
  bool same_series_ = false;
  TimestampMs last_timestamp_ms_ = 0;
  std::string times_;
  std::string heads_;
  std::string counts_;
};

/// Walks a section. Lives for one record; views point into its bytes, which may be hostile.
class HistogramColumnsReader {
 public:
  HistogramColumnsReader() = default;
  /// `section` to its end is the section.
  static Result<HistogramColumnsReader> open(std::string_view section);

  void begin_series() { same_series_ = false; }
  /// Moves to the next histogram; kCorruption when there is none or it is damaged.
  Status next();
  TimestampMs timestamp_ms() const { return timestamp_ms_; }
  const Histogram& histogram() const { return histogram_; }
  bool at_end() const { return times_.at_end() && heads_.at_end() && counts_.at_end(); }

 private:
  bool has_previous_ = false;
  bool same_series_ = false;
  TimestampMs timestamp_ms_ = 0;
  Histogram histogram_;
  ByteReader times_{std::string_view()};
  ByteReader heads_{std::string_view()};
  ByteReader counts_{std::string_view()};
};

}  // namespace weir::wire
