#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"
#include "model/batch.h"
#include "wire/symbol_table.h"

namespace weir::wire {

/// Puts the labels of series together from the texts of a symbol table and begins the series in a batch,
/// within a bound of bytes: a few symbols can be named so often that the batch outgrows any payload. Owned by
/// one thread.
class SeriesAssembler {
 public:
  /// `bytes_max` bounds what `batch` grows by, in `Batch::size_bytes`. `what` begins the messages.
  SeriesAssembler(std::string_view what, Batch& batch, size_t bytes_max)
      : what_(what), batch_(batch), bytes_left_(bytes_max), bytes_max_(bytes_max) {}

  /// Adds a name, or the value of the name before it, of the next series: a canonical text of a SymbolTable.
  /// Names come in ascending order.
  void add(std::string_view symbol) {
    const size_t room = std::max(symbol.size(), SymbolTable::kReadable);
    if (room > labels_.size() - used_ && !grow(symbol.size())) return;
    char* to = labels_.data() + used_;
    if (symbol.size() <= SymbolTable::kReadable) {
      std::memcpy(to, symbol.data(),
                  SymbolTable::kReadable);  // a few instructions, where a call would cost more
    } else {
      std::memcpy(to, symbol.data(), symbol.size());
    }
    used_ += symbol.size();
  }

  /// Begins the series whose texts were added. kResourceExhausted names the bound.
  Status begin(uint64_t sample_count) {
    constexpr size_t kSampleBytes = sizeof(TimestampMs) + sizeof(double);
    const size_t series_bytes = sizeof(Batch::Series) + used_;
    if (over_ || series_bytes > bytes_left_ || sample_count > (bytes_left_ - series_bytes) / kSampleBytes) {
      return resource_exhausted(fmt::format("{}: more than {} bytes, the limit", what_, bytes_max_));
    }
    bytes_left_ -= series_bytes + sample_count * kSampleBytes;
    batch_.begin_series(std::string_view(labels_).substr(0, used_));
    used_ = 0;
    return {};
  }

  /// Adds a histogram to the series begun last. kResourceExhausted names the bound.
  Status add_histogram(TimestampMs timestamp_ms, Histogram histogram) {
    const size_t bytes = sizeof(TimestampMs) + histogram.size_bytes();
    if (bytes > bytes_left_)
      return resource_exhausted(fmt::format("{}: more than {} bytes, the limit", what_, bytes_max_));
    bytes_left_ -= bytes;
    batch_.add_histogram(timestamp_ms, std::move(histogram));
    return {};
  }

  /// The same for an exemplar.
  Status add_exemplar(const Exemplar& exemplar) {
    const size_t bytes = ExemplarColumns::bytes_of(exemplar.labels.bytes().size());
    if (bytes > bytes_left_)
      return resource_exhausted(fmt::format("{}: more than {} bytes, the limit", what_, bytes_max_));
    bytes_left_ -= bytes;
    batch_.add_exemplar(exemplar);
    return {};
  }

 private:
  // False when the labels are over the bound; they are not kept then.
  bool grow(size_t bytes) {
    over_ = over_ || used_ + bytes > bytes_left_;
    if (!over_) labels_.resize(std::max(2 * labels_.size(), used_ + bytes + SymbolTable::kReadable));
    return !over_;
  }

  std::string_view what_;
  Batch& batch_;
  size_t bytes_left_;
  size_t bytes_max_;
  std::string labels_;  // as large as any series so far; used up to `used_`
  size_t used_ = 0;
  bool over_ = false;
};

}  // namespace weir::wire
