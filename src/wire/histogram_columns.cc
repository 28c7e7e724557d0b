#include "wire/histogram_columns.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "base/same_bits.h"

namespace weir::wire {
namespace {

// A head: two bits of the counter reset hint, then these.
constexpr uint8_t kHintMask = 3;
constexpr uint8_t kNewLayout = 1u << 2;   // it follows
constexpr uint8_t kDoubles = 1u << 3;     // the counts are not all integers
constexpr uint8_t kRelative = 1u << 4;    // the counts are differences from the histogram before
constexpr uint8_t kSameCounts = 1u << 5;  // they are all as before
constexpr uint8_t kSameSum = 1u << 6;     // and so is the sum
constexpr uint8_t kKnownBits = 0x7f;

constexpr double kIntegerMax = 9'007'199'254'740'992.0;  // 2^53: up to it every integer has its own double

bool is_integer(double value) {
  return value >= 0 && value <= kIntegerMax && value == std::trunc(value) && !std::signbit(value);
}

bool all_integers(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), is_integer);
}

bool has_integer_counts(const Histogram& histogram) {
  return is_integer(histogram.count) && is_integer(histogram.zero_count) &&
         all_integers(histogram.positive_buckets) && all_integers(histogram.negative_buckets);
}

bool same_counts(const Histogram& a, const Histogram& b) {
  return same_bits(a.count, b.count) && same_bits(a.zero_count, b.zero_count) &&
         same_bits(a.positive_buckets, b.positive_buckets) &&
         same_bits(a.negative_buckets, b.negative_buckets);
}

size_t changeable_count(const HistogramLayout& layout) {
  return 1 + layout.positive_count() + layout.negative_count();
}

// Calls `visit` with the zero bucket's count and then each bucket's, of both histograms.
template <typename A, typename B, typename Visit>
void for_each_count(A& a, B& b, Visit visit) {
  visit(a.zero_count, b.zero_count);
  for (size_t i = 0; i < b.positive_buckets.size(); ++i) visit(a.positive_buckets[i], b.positive_buckets[i]);
  for (size_t i = 0; i < b.negative_buckets.size(); ++i) visit(a.negative_buckets[i], b.negative_buckets[i]);
}

void write_spans(const std::vector<HistogramSpan>& spans, ByteWriter& out) {
  out.varint(spans.size());
  for (const HistogramSpan& span : spans) {
    out.svarint(span.offset);
    out.varint(span.length);
  }
}

void write_doubles(const Histogram& histogram, ByteWriter& out) {
  out.f64(histogram.count);
  out.f64(histogram.zero_count);
  for (const double bucket : histogram.positive_buckets) out.f64(bucket);
  for (const double bucket : histogram.negative_buckets) out.f64(bucket);
}

// Differences of neighbouring buckets, which are smaller than the counts. The count is what the buckets
// leave.
void write_absolute(const Histogram& histogram, ByteWriter& out) {
  out.varint(static_cast<uint64_t>(histogram.zero_count));
  auto total = static_cast<uint64_t>(histogram.zero_count);
  for (const std::vector<double>* buckets : {&histogram.positive_buckets, &histogram.negative_buckets}) {
    int64_t last = 0;
    for (const double bucket : *buckets) {
      const auto count = static_cast<int64_t>(bucket);
      out.svarint(count - last);
      last = count;
      total += static_cast<uint64_t>(count);
    }
  }
  out.svarint(static_cast<int64_t>(static_cast<uint64_t>(histogram.count) - total));
}

// A bit for each bucket that changed, then by how much.
void write_relative(const Histogram& previous, const Histogram& histogram, ByteWriter& out) {
  std::string bitmap((changeable_count(histogram.layout) + 7) / 8, '\0');
  size_t index = 0;
  for_each_count(previous, histogram, [&](double before, double now) {
    if (before != now) bitmap[index / 8] |= static_cast<char>(1u << (index % 8));
    ++index;
  });
  out.raw(bitmap);
  uint64_t total = 0;
  for_each_count(previous, histogram, [&](double before, double now) {
    const int64_t change = static_cast<int64_t>(now) - static_cast<int64_t>(before);
    if (change != 0) out.svarint(change);
    total += static_cast<uint64_t>(change);
  });
  const auto growth = static_cast<int64_t>(histogram.count) - static_cast<int64_t>(previous.count);
  out.svarint(static_cast<int64_t>(static_cast<uint64_t>(growth) - total));
}

Status read_spans(ByteReader& in, std::vector<HistogramSpan>& spans) {
  const uint64_t count = in.varint();
  if (count > in.remaining() / 2) return corruption("histogram: more spans than bytes");
  spans.resize(count);
  for (HistogramSpan& span : spans) {
    const int64_t offset = in.svarint();
    const uint64_t length = in.varint();
    span = {static_cast<int32_t>(offset), static_cast<uint32_t>(length)};
    if (span.offset != offset || span.length != length)
      return corruption("histogram: a span does not fit 32 bits");
  }
  return {};
}

void read_doubles(ByteReader& in, Histogram& histogram) {
  histogram.count = in.f64();
  histogram.zero_count = in.f64();
  for (double& bucket : histogram.positive_buckets) bucket = in.f64();
  for (double& bucket : histogram.negative_buckets) bucket = in.f64();
}

/// Takes integers back to counts, and remembers whether one was out of range. Arithmetic wraps.
struct CountReader {
  bool good = true;

  double count(uint64_t number) {
    good = good && number <= static_cast<uint64_t>(kIntegerMax);
    return static_cast<double>(number);
  }
};

bool read_absolute(ByteReader& in, Histogram& histogram) {
  CountReader read;
  uint64_t total = in.varint();
  histogram.zero_count = read.count(total);
  for (std::vector<double>* buckets : {&histogram.positive_buckets, &histogram.negative_buckets}) {
    uint64_t last = 0;
    for (double& bucket : *buckets) {
      last += static_cast<uint64_t>(in.svarint());
      bucket = read.count(last);
      total += last;
    }
  }
  histogram.count = read.count(total + static_cast<uint64_t>(in.svarint()));
  return read.good;
}

bool read_relative(ByteReader& in, Histogram& histogram) {
  CountReader read;
  const std::string_view bitmap = in.raw((changeable_count(histogram.layout) + 7) / 8);
  if (!in.ok()) return false;
  uint64_t total = static_cast<uint64_t>(histogram.count);
  size_t index = 0;
  for_each_count(histogram, histogram, [&](double& count, double) {
    const bool changed = (static_cast<uint8_t>(bitmap[index / 8]) >> (index % 8) & 1) != 0;
    ++index;
    if (!changed) return;
    const auto change = static_cast<uint64_t>(in.svarint());
    count = read.count(static_cast<uint64_t>(count) + change);
    total += change;
  });
  const bool padded = index % 8 == 0 || static_cast<uint8_t>(bitmap.back()) >> (index % 8) == 0;
  histogram.count = read.count(total + static_cast<uint64_t>(in.svarint()));
  return read.good && padded;
}

Status read_counts(uint8_t head, bool near, ByteReader& counts, Histogram& histogram) {
  bool good = true;
  if ((head & kSameCounts) != 0) {
    good = near && (head & (kRelative | kDoubles)) == 0;
  } else if ((head & kDoubles) != 0) {
    good = (head & kRelative) == 0;
    read_doubles(counts, histogram);
  } else if ((head & kRelative) != 0) {
    good = near && has_integer_counts(histogram) && read_relative(counts, histogram);
  } else {
    good = read_absolute(counts, histogram);
  }
  if (!good || !counts.ok()) return corruption("histogram: its counts are damaged");
  return {};
}

}  // namespace

void append_histogram_layout(const HistogramLayout& layout, ByteWriter& out) {
  out.svarint(layout.schema);
  out.f64(layout.zero_threshold);
  write_spans(layout.positive_spans, out);
  write_spans(layout.negative_spans, out);
  if (!layout.is_custom()) return;
  out.varint(layout.custom_bounds.size());
  for (const double bound : layout.custom_bounds) out.f64(bound);
}

Status read_histogram_layout(ByteReader& in, HistogramLayout& layout) {
  const int64_t schema = in.svarint();
  layout.schema = static_cast<int32_t>(schema);
  if (layout.schema != schema) return corruption("histogram: the schema does not fit 32 bits");
  layout.zero_threshold = in.f64();
  RETURN_IF_ERROR(read_spans(in, layout.positive_spans));
  RETURN_IF_ERROR(read_spans(in, layout.negative_spans));
  const uint64_t bounds = layout.is_custom() ? in.varint() : 0;
  if (bounds > in.remaining() / sizeof(double)) return corruption("histogram: more custom bounds than bytes");
  layout.custom_bounds.resize(bounds);
  for (double& bound : layout.custom_bounds) bound = in.f64();
  if (!in.ok()) return corruption("histogram: its layout is cut short");
  if (Status valid = validate(layout); !valid.ok()) return corruption(valid.error().message);
  return {};
}

void encode_histogram(const Histogram* previous, bool same_series, const Histogram& histogram,
                      ByteWriter& heads, ByteWriter& counts) {
  const bool same_layout = previous != nullptr && previous->layout == histogram.layout;
  const bool near = same_layout && same_series;
  const bool same = near && same_counts(*previous, histogram);
  const bool integers = has_integer_counts(histogram);
  const bool relative = near && integers && has_integer_counts(*previous);
  const bool same_sum = near && same_bits(previous->sum, histogram.sum);
  auto head = static_cast<uint8_t>(histogram.reset_hint);
  if (!same_layout) head |= kNewLayout;
  if (same) {
    head |= kSameCounts;
  } else if (!integers) {
    head |= kDoubles;
  } else if (relative) {
    head |= kRelative;
  }
  if (same_sum) head |= kSameSum;
  heads.u8(head);
  if (!same_layout) append_histogram_layout(histogram.layout, heads);
  if (!same_sum) counts.f64(histogram.sum);
  if (same) return;
  if (!integers) return write_doubles(histogram, counts);
  if (relative) return write_relative(*previous, histogram, counts);
  write_absolute(histogram, counts);
}

Status decode_histogram(bool has_previous, bool same_series, ByteReader& heads, ByteReader& counts,
                        Histogram& histogram) {
  const uint8_t head = heads.u8();
  if (!heads.ok()) return corruption("histogram: its head is missing");
  const bool new_layout = (head & kNewLayout) != 0;
  if ((head & ~kKnownBits) != 0 || (!new_layout && !has_previous))
    return corruption(fmt::format("histogram: its head is {:#x}", head));
  const bool near = same_series && !new_layout;
  if (new_layout) {
    RETURN_IF_ERROR(read_histogram_layout(heads, histogram.layout));
    histogram.positive_buckets.assign(histogram.layout.positive_count(), 0);
    histogram.negative_buckets.assign(histogram.layout.negative_count(), 0);
  }
  histogram.reset_hint = static_cast<CounterResetHint>(head & kHintMask);
  if ((head & kSameSum) == 0) {
    histogram.sum = counts.f64();
  } else if (!near) {
    return corruption(fmt::format("histogram: its head is {:#x}", head));
  }
  RETURN_IF_ERROR(read_counts(head, near, counts, histogram));
  if (Status valid = validate(histogram); !valid.ok()) return corruption(valid.error().message);
  return {};
}

void HistogramColumnsWriter::add(TimestampMs timestamp_ms, const Histogram& histogram) {
  // In unsigned arithmetic, which wraps: any two timestamps have a difference.
  const uint64_t delta = static_cast<uint64_t>(timestamp_ms) - static_cast<uint64_t>(last_timestamp_ms_);
  ByteWriter(times_).svarint(static_cast<int64_t>(delta));
  ByteWriter heads(heads_);
  ByteWriter counts(counts_);
  encode_histogram(previous_, same_series_, histogram, heads, counts);
  last_timestamp_ms_ = timestamp_ms;
  previous_ = &histogram;
  same_series_ = true;
}

void HistogramColumnsWriter::append_to(std::string& out) const {
  ByteWriter writer(out);
  writer.varint(times_.size());
  writer.varint(heads_.size());
  writer.raw(times_);
  writer.raw(heads_);
  writer.raw(counts_);
}

Result<HistogramColumnsReader> HistogramColumnsReader::open(std::string_view section) {
  ByteReader in(section);
  const uint64_t times_bytes = in.varint();
  const uint64_t heads_bytes = in.varint();
  HistogramColumnsReader reader;
  reader.times_ = ByteReader(in.raw(times_bytes));
  reader.heads_ = ByteReader(in.raw(heads_bytes));
  reader.counts_ = ByteReader(in.raw(in.remaining()));
  if (!in.ok()) return corruption("histograms: a column is longer than the section");
  return reader;
}

Status HistogramColumnsReader::next() {
  const auto delta = static_cast<uint64_t>(times_.svarint());
  if (!times_.ok()) return corruption("histograms: the times are cut short");
  timestamp_ms_ = static_cast<TimestampMs>(static_cast<uint64_t>(timestamp_ms_) + delta);
  RETURN_IF_ERROR(decode_histogram(has_previous_, same_series_, heads_, counts_, histogram_));
  has_previous_ = true;
  same_series_ = true;
  return {};
}

}  // namespace weir::wire
