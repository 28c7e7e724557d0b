#include "wire/tsdb/histogram_chunk.h"

#include <cmath>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "model/histogram.h"
#include "wire/tsdb/big_endian.h"
#include "wire/tsdb/bit_reader.h"

namespace weir::wire::tsdb {
namespace {

/// Bounds what a chunk becomes: samples of one layout are told in a few bits each, but each has its own copy.
constexpr size_t kDecodedBytesMax = 64u << 20;

CounterResetHint chunk_hint(uint8_t flags) {
  switch (flags >> 6) {
    case 0b11:
      return CounterResetHint::kGauge;
    case 0b10:
      return CounterResetHint::kReset;
    default:  // "no reset" is said of the chunk before, which need not be at hand
      return CounterResetHint::kUnknown;
  }
}

CounterResetHint hint_of(CounterResetHint chunk, size_t sample) {
  return sample == 0 || chunk == CounterResetHint::kGauge ? chunk : CounterResetHint::kNoReset;
}

// 0, a power of two in one byte, or all bytes of a double.
double read_zero_threshold(BitReader& in) {
  const auto code = static_cast<int>(in.bits(8));
  if (code == 0) return 0;
  return code == 255 ? in.f64() : std::ldexp(0.5, code - 243);
}

Result<std::vector<HistogramSpan>> read_spans(BitReader& in) {
  const uint64_t count = in.varbit_uint();
  if (count > kHistogramSpansMax)
    return corruption(fmt::format("histogram chunk: {} spans, limit {}", count, kHistogramSpansMax));
  std::vector<HistogramSpan> spans;
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    const auto length = static_cast<uint32_t>(in.varbit_uint());
    spans.push_back({static_cast<int32_t>(in.varbit_int()), length});
  }
  return spans;
}

// Thousandths, plus one; or 0 and all bytes of a double.
double read_custom_bound(BitReader& in) {
  const uint64_t thousandths = in.varbit_uint();
  return thousandths == 0 ? in.f64() : static_cast<double>(thousandths - 1) / 1000;
}

Result<HistogramLayout> read_layout(BitReader& in) {
  HistogramLayout layout;
  layout.zero_threshold = read_zero_threshold(in);
  layout.schema = static_cast<int32_t>(in.varbit_int());
  ASSIGN_OR_RETURN(layout.positive_spans, read_spans(in));
  ASSIGN_OR_RETURN(layout.negative_spans, read_spans(in));
  if (layout.is_custom()) {
    const uint64_t count = in.varbit_uint();
    if (count > kHistogramBoundsMax)
      return corruption(fmt::format("histogram chunk: {} bounds, limit {}", count, kHistogramBoundsMax));
    for (uint64_t i = 0; i < count && in.ok(); ++i) layout.custom_bounds.push_back(read_custom_bound(in));
  }
  if (!in.ok()) return corruption("histogram chunk: its layout is cut short");
  RETURN_IF_ERROR(validate(layout).context("histogram chunk"));
  return layout;
}

// An integer that each sample gives as the change of its change. Wraps: the bytes may be anything.
struct SteppedInteger {
  uint64_t value = 0;
  uint64_t step = 0;

  void next(BitReader& in) {
    step += static_cast<uint64_t>(in.varbit_int());
    value += step;
  }
};

// The counts of a histogram of integers; those of buckets are differences to the bucket before.
class IntegerCounts {
 public:
  explicit IntegerCounts(const HistogramLayout& layout)
      : positive_(layout.positive_count()), negative_(layout.negative_count()) {}

  void first(BitReader& in) {
    count_.value = in.varbit_uint();
    zero_count_.value = in.varbit_uint();
    sum_.first(in);
    for (auto* buckets : {&positive_, &negative_}) {
      for (SteppedInteger& bucket : *buckets) bucket.value = static_cast<uint64_t>(in.varbit_int());
    }
  }
  void next(BitReader& in) {
    count_.next(in);
    zero_count_.next(in);
    sum_.next(in);
    if (is_stale(sum_.value())) return;
    for (auto* buckets : {&positive_, &negative_}) {
      for (SteppedInteger& bucket : *buckets) bucket.next(in);
    }
  }
  double sum() const { return sum_.value(); }
  void give(Histogram& out) const {
    out.count = static_cast<double>(count_.value);
    out.zero_count = static_cast<double>(zero_count_.value);
    out.positive_buckets = absolute(positive_);
    out.negative_buckets = absolute(negative_);
  }

 private:
  static std::vector<double> absolute(const std::vector<SteppedInteger>& differences) {
    std::vector<double> counts;
    counts.reserve(differences.size());
    uint64_t count = 0;
    for (const SteppedInteger& difference : differences) {
      count += difference.value;
      counts.push_back(static_cast<double>(static_cast<int64_t>(count)));
    }
    return counts;
  }

  SteppedInteger count_, zero_count_;
  XorValue sum_;
  std::vector<SteppedInteger> positive_, negative_;
};

// The counts of a histogram of doubles, each as the XOR with the sample before.
class DoubleCounts {
 public:
  explicit DoubleCounts(const HistogramLayout& layout)
      : positive_(layout.positive_count()), negative_(layout.negative_count()) {}

  void first(BitReader& in) {
    for (XorValue* value : {&count_, &zero_count_, &sum_}) value->first(in);
    for (auto* buckets : {&positive_, &negative_}) {
      for (XorValue& bucket : *buckets) bucket.first(in);
    }
  }
  void next(BitReader& in) {
    for (XorValue* value : {&count_, &zero_count_, &sum_}) value->next(in);
    if (is_stale(sum_.value())) return;
    for (auto* buckets : {&positive_, &negative_}) {
      for (XorValue& bucket : *buckets) bucket.next(in);
    }
  }
  double sum() const { return sum_.value(); }
  void give(Histogram& out) const {
    out.count = count_.value();
    out.zero_count = zero_count_.value();
    for (const XorValue& bucket : positive_) out.positive_buckets.push_back(bucket.value());
    for (const XorValue& bucket : negative_) out.negative_buckets.push_back(bucket.value());
  }

 private:
  XorValue count_, zero_count_, sum_;
  std::vector<XorValue> positive_, negative_;
};

// Of a stale histogram nothing but the marker is kept, as Prometheus does.
template <typename Counts>
Result<HistogramPtr> make_histogram(const HistogramLayout& layout, CounterResetHint hint,
                                    const Counts& counts) {
  auto histogram = std::make_shared<Histogram>();
  histogram->sum = counts.sum();
  if (!is_stale(counts.sum())) {
    histogram->layout = layout;
    histogram->reset_hint = hint;
    counts.give(*histogram);
    RETURN_IF_ERROR(validate(*histogram).context("histogram chunk"));
  }
  return HistogramPtr(std::move(histogram));
}

template <typename Counts>
Status decode(std::string_view data, SampleColumns& out) {
  BitReader in(data);
  const uint64_t count = in.bits(16);
  const CounterResetHint hint = chunk_hint(static_cast<uint8_t>(in.bits(8)));
  if (!in.ok()) return corruption("histogram chunk: its head is cut short");
  if (count == 0) return {};
  ASSIGN_OR_RETURN(const HistogramLayout layout, read_layout(in));

  Counts counts(layout);
  SteppedInteger time;
  size_t decoded_bytes = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const auto previous = static_cast<TimestampMs>(time.value);
    if (i == 0) {
      time.value = static_cast<uint64_t>(in.varbit_int());
      counts.first(in);
    } else {
      time.next(in);
      counts.next(in);
    }
    const auto now = static_cast<TimestampMs>(time.value);
    if (!in.ok() || (i > 0 && now <= previous)) {
      return corruption(
          fmt::format("histogram chunk: sample {} is cut short or no later than the one before", i));
    }
    ASSIGN_OR_RETURN(HistogramPtr histogram, make_histogram(layout, hint_of(hint, i), counts));
    decoded_bytes += histogram->size_bytes();
    if (decoded_bytes > kDecodedBytesMax)
      return resource_exhausted(fmt::format("histogram chunk: more than {} bytes", kDecodedBytesMax));
    out.push_back(now, std::move(histogram));
  }
  return {};
}

}  // namespace

Status decode_histogram(std::string_view data, SampleColumns& out) {
  return decode<IntegerCounts>(data, out);
}

Status decode_float_histogram(std::string_view data, SampleColumns& out) {
  return decode<DoubleCounts>(data, out);
}

}  // namespace weir::wire::tsdb
