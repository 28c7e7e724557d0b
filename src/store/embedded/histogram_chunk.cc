#include "store/embedded/histogram_chunk.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "store/embedded/integer_codec.h"
#include "store/embedded/timestamp_codec.h"
#include "store/embedded/value_codec.h"
#include "wire/histogram_columns.h"

namespace weir::store::embedded {
namespace {

constexpr size_t kSamplesMax = 256;
constexpr size_t kCountsMax = 65'536;

// How a column is coded.
constexpr uint8_t kIntegers = 0;
constexpr uint8_t kValues = 1;
constexpr uint8_t kExcess = 2;  // of the count alone: integers, what it is above the sum of the buckets

constexpr double kIntegerMax = 9'007'199'254'740'992.0;  // 2^53: up to it every integer has its own double

bool is_integer(double value) {
  return value >= 0 && value <= kIntegerMax && value == std::trunc(value) && !std::signbit(value);
}

using Histograms = std::span<const HistogramPtr>;
using NewHistograms = std::span<const std::shared_ptr<Histogram>>;

/// Writes columns. Lives for one call.
class ColumnWriter {
 public:
  ColumnWriter(Histograms histograms, std::string& out)
      : histograms_(histograms), out_(out), totals_(histograms.size()) {}

  void hints() {
    gather([](const Histogram& histogram) { return static_cast<double>(histogram.reset_hint); });
    to_integers();
    encode_integers(integers_, out_);
  }
  void sums() {
    gather([](const Histogram& histogram) { return histogram.sum; });
    write_values();
  }
  /// A column of counts that the count is the sum of.
  template <typename Get>
  void part(Get get) {
    gather(get);
    if (!std::all_of(values_.begin(), values_.end(), is_integer)) {
      all_integers_ = false;
      return write_values();
    }
    to_integers();
    for (size_t i = 0; i < integers_.size(); ++i) totals_[i] += static_cast<uint64_t>(integers_[i]);
    write_integers(kIntegers);
  }
  /// After all parts: mostly their sum.
  void counts() {
    gather([](const Histogram& histogram) { return histogram.count; });
    if (!all_integers_ || !std::all_of(values_.begin(), values_.end(), is_integer)) return write_values();
    to_integers();
    for (size_t i = 0; i < integers_.size(); ++i)
      integers_[i] = static_cast<int64_t>(static_cast<uint64_t>(integers_[i]) - totals_[i]);
    write_integers(kExcess);
  }

 private:
  template <typename Get>
  void gather(Get get) {
    values_.clear();
    for (const HistogramPtr& histogram : histograms_) values_.push_back(get(*histogram));
  }
  void to_integers() {
    integers_.clear();
    for (const double value : values_) integers_.push_back(static_cast<int64_t>(value));
  }
  void write_integers(uint8_t form) {
    ByteWriter(out_).u8(form);
    encode_integers(integers_, out_);
  }
  void write_values() {
    scratch_.clear();
    encode_values(values_, scratch_);
    ByteWriter writer(out_);
    writer.u8(kValues);
    writer.text(scratch_);
  }

  Histograms histograms_;
  std::string& out_;
  std::vector<uint64_t> totals_;
  bool all_integers_ = true;
  std::vector<double> values_;
  std::vector<int64_t> integers_;
  std::string scratch_;
};

/// Reads columns over histograms that have their layout. Lives for one call.
class ColumnReader {
 public:
  ColumnReader(ByteReader& in, NewHistograms histograms)
      : in_(in),
        histograms_(histograms),
        totals_(histograms.size()),
        values_(histograms.size()),
        integers_(histograms.size()) {}

  Status hints() {
    RETURN_IF_ERROR(decode_integers(in_, integers_));
    for (size_t i = 0; i < integers_.size(); ++i) {
      if (static_cast<uint64_t>(integers_[i]) >= kCounterResetHintCount) return damaged("a reset hint");
      histograms_[i]->reset_hint = static_cast<CounterResetHint>(integers_[i]);
    }
    return {};
  }
  Status sums() {
    if (in_.u8() != kValues) return damaged("the form of the sums");
    RETURN_IF_ERROR(read_values());
    for (size_t i = 0; i < values_.size(); ++i) histograms_[i]->sum = values_[i];
    return {};
  }
  template <typename Set>
  Status part(Set set) {
    const uint8_t form = in_.u8();
    if (form == kIntegers) {
      RETURN_IF_ERROR(decode_integers(in_, integers_));
      for (size_t i = 0; i < integers_.size(); ++i) totals_[i] += static_cast<uint64_t>(integers_[i]);
      RETURN_IF_ERROR(take_integers());
    } else if (form == kValues) {
      RETURN_IF_ERROR(read_values());
    } else {
      return damaged("the form of a column");
    }
    return assign(set);
  }
  Status counts() {
    const uint8_t form = in_.u8();
    if (form == kExcess) {
      RETURN_IF_ERROR(decode_integers(in_, integers_));
      for (size_t i = 0; i < integers_.size(); ++i)
        integers_[i] = static_cast<int64_t>(static_cast<uint64_t>(integers_[i]) + totals_[i]);
      RETURN_IF_ERROR(take_integers());
    } else if (form == kValues) {
      RETURN_IF_ERROR(read_values());
    } else {
      return damaged("the form of the counts");
    }
    return assign([](Histogram& histogram, double count) { histogram.count = count; });
  }

  Error damaged(std::string_view what) const {
    return corruption(fmt::format("chunk: {} before byte {}", what, in_.position()));
  }

 private:
  Status read_values() {
    const std::string_view bytes = in_.text();
    if (!in_.ok()) return damaged("a column that is cut short");
    ByteReader column(bytes);
    return decode_values(column, values_);
  }
  Status take_integers() {
    for (size_t i = 0; i < integers_.size(); ++i) {
      if (static_cast<uint64_t>(integers_[i]) > static_cast<uint64_t>(kIntegerMax))
        return damaged("a count out of range");
      values_[i] = static_cast<double>(integers_[i]);
    }
    return {};
  }
  template <typename Set>
  Status assign(Set set) {
    for (size_t i = 0; i < values_.size(); ++i) {
      if (values_[i] < 0) return damaged("a negative count");
      set(*histograms_[i], values_[i]);
    }
    return {};
  }

  ByteReader& in_;
  NewHistograms histograms_;
  std::vector<uint64_t> totals_;
  std::vector<double> values_;
  std::vector<int64_t> integers_;
};

Status decode_columns(ByteReader& in, const HistogramLayout& layout, NewHistograms histograms) {
  ColumnReader column(in, histograms);
  RETURN_IF_ERROR(column.hints());
  RETURN_IF_ERROR(column.sums());
  RETURN_IF_ERROR(column.part([](Histogram& histogram, double count) { histogram.zero_count = count; }));
  for (size_t b = 0; b < layout.positive_count(); ++b)
    RETURN_IF_ERROR(column.part([b](Histogram& h, double count) { h.positive_buckets[b] = count; }));
  for (size_t b = 0; b < layout.negative_count(); ++b)
    RETURN_IF_ERROR(column.part([b](Histogram& h, double count) { h.negative_buckets[b] = count; }));
  RETURN_IF_ERROR(column.counts());
  if (!in.at_end()) return column.damaged("bytes left over");
  if (!layout.is_custom()) return {};
  const bool zero_bucket = std::any_of(histograms.begin(), histograms.end(),
                                       [](const auto& histogram) { return histogram->zero_count != 0; });
  return zero_bucket ? Status(column.damaged("a zero bucket beside custom bounds")) : Status();
}

std::shared_ptr<Histogram> blank(const HistogramLayout& layout) {
  auto histogram = std::make_shared<Histogram>();
  histogram->layout = layout;
  histogram->positive_buckets.resize(layout.positive_count());
  histogram->negative_buckets.resize(layout.negative_count());
  return histogram;
}

}  // namespace

size_t histogram_chunk_samples_max(const HistogramLayout& layout) {
  const size_t counts = layout.positive_count() + layout.negative_count();
  return std::clamp<size_t>(kCountsMax / std::max<size_t>(counts, 1), 1, kSamplesMax);
}

void encode_histogram_chunk(std::span<const TimestampMs> timestamps_ms, Histograms histograms,
                            std::string& out) {
  CHECK(timestamps_ms.size() == histograms.size() && !histograms.empty(), "one time a histogram");
  const HistogramLayout& layout = histograms.front()->layout;
  CHECK(histograms.size() <= histogram_chunk_samples_max(layout), "no more than a chunk holds");
  ByteWriter writer(out);
  writer.u8(kHistogramChunkVersion);
  writer.varint(histograms.size());
  wire::append_histogram_layout(layout, writer);
  encode_timestamps(timestamps_ms, out);
  ColumnWriter column(histograms, out);
  column.hints();
  column.sums();
  column.part([](const Histogram& histogram) { return histogram.zero_count; });
  for (size_t b = 0; b < layout.positive_count(); ++b)
    column.part([b](const Histogram& histogram) { return histogram.positive_buckets[b]; });
  for (size_t b = 0; b < layout.negative_count(); ++b)
    column.part([b](const Histogram& histogram) { return histogram.negative_buckets[b]; });
  column.counts();
}

Result<size_t> decode_histogram_head(ByteReader& in, HistogramLayout& layout) {
  const uint64_t count = in.varint();
  RETURN_IF_ERROR(wire::read_histogram_layout(in, layout).context("chunk"));
  const size_t samples_max = histogram_chunk_samples_max(layout);
  if (count == 0 || count > samples_max)
    return corruption(fmt::format("chunk: {} histograms, limits 1 and {}", count, samples_max));
  return static_cast<size_t>(count);
}

Status decode_histogram_chunk(ByteReader& in, SampleColumns& out) {
  HistogramLayout layout;
  ASSIGN_OR_RETURN(const size_t count, decode_histogram_head(in, layout));
  std::vector<TimestampMs> timestamps_ms(count);
  RETURN_IF_ERROR(decode_timestamps(in, timestamps_ms));
  // Each column is a byte at least, so a short chunk cannot ask for much.
  const size_t columns = layout.positive_count() + layout.negative_count();
  if (columns > in.remaining()) return corruption(fmt::format("chunk: {} buckets in fewer bytes", columns));
  std::vector<std::shared_ptr<Histogram>> histograms(count);
  for (auto& histogram : histograms) histogram = blank(layout);
  RETURN_IF_ERROR(decode_columns(in, layout, histograms));
  for (size_t i = 0; i < count; ++i) out.push_back(timestamps_ms[i], std::move(histograms[i]));
  return {};
}

}  // namespace weir::store::embedded
