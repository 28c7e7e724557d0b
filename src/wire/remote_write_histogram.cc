#include "wire/remote_write_histogram.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <vector>

#include <fmt/format.h>

namespace weir::wire {
namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::pbf_writer;
using protozero::tag_and_type;

enum Field : uint32_t {
  kCountInt = 1,
  kCountFloat = 2,
  kSum = 3,
  kSchema = 4,
  kZeroThreshold = 5,
  kZeroCountInt = 6,
  kZeroCountFloat = 7,
  kNegativeSpans = 8,
  kNegativeDeltas = 9,
  kNegativeCounts = 10,
  kPositiveSpans = 11,
  kPositiveDeltas = 12,
  kPositiveCounts = 13,
  kResetHint = 14,
  kTimestamp = 15,
  kCustomValues = 16,
};
enum SpanField : uint32_t { kOffset = 1, kLength = 2 };

constexpr uint32_t varint_field(Field field) {
  return tag_and_type(field, pbf_wire_type::varint);
}
constexpr uint32_t fixed_field(Field field) {
  return tag_and_type(field, pbf_wire_type::fixed64);
}
constexpr uint32_t message_field(Field field) {
  return tag_and_type(field, pbf_wire_type::length_delimited);
}

// Keeps one item more than is allowed, which the verdict then finds: a message of any size costs little.
template <typename T>
void add_bounded(std::vector<T>& list, size_t items_max, T item) {
  if (list.size() <= items_max) list.push_back(item);
}

/// What a message holds, before it is known which of its two forms it has. Lives for one call.
class MessageReader {
 public:
  explicit MessageReader(HistogramSample& sample) : sample_(sample), histogram_(sample.histogram) {}

  Status read(std::string_view message) {
    sample_ = {};
    pbf_reader in(data_view(message.data(), message.size()));
    while (in.next()) read_field(in);
    RETURN_IF_ERROR(check_sizes());
    return integers_ ? from_integers() : from_floats();
  }

 private:
  void read_field(pbf_reader& in) {
    HistogramLayout& layout = histogram_.layout;
    switch (in.tag_and_type()) {
      case varint_field(kCountInt):
        count_ = in.get_uint64();
        integers_ = true;
        break;
      case fixed_field(kCountFloat):
        histogram_.count = in.get_double();
        integers_ = false;
        break;
      case fixed_field(kSum):
        histogram_.sum = in.get_double();
        break;
      case varint_field(kSchema):
        layout.schema = in.get_sint32();
        break;
      case fixed_field(kZeroThreshold):
        layout.zero_threshold = in.get_double();
        break;
      case varint_field(kZeroCountInt):
        zero_count_ = in.get_uint64();
        break;
      case fixed_field(kZeroCountFloat):
        histogram_.zero_count = in.get_double();
        break;
      case message_field(kNegativeSpans):
        add_bounded(layout.negative_spans, kHistogramSpansMax, read_span(in.get_message()));
        break;
      case message_field(kPositiveSpans):
        add_bounded(layout.positive_spans, kHistogramSpansMax, read_span(in.get_message()));
        break;
      case varint_field(kResetHint):
        histogram_.reset_hint = read_hint(in.get_uint64());
        break;
      case varint_field(kTimestamp):
        sample_.timestamp_ms = in.get_int64();
        break;
      default:
        read_numbers(in);
    }
  }

  // Repeated numbers come packed from every known sender; protobuf lets them come one by one as well.
  void read_numbers(pbf_reader& in) {
    switch (in.tag_and_type()) {
      case message_field(kNegativeDeltas):
        for (const int64_t delta : in.get_packed_sint64())
          add_bounded(negative_, kHistogramBucketsMax, delta);
        break;
      case varint_field(kNegativeDeltas):
        add_bounded(negative_, kHistogramBucketsMax, in.get_sint64());
        break;
      case message_field(kPositiveDeltas):
        for (const int64_t delta : in.get_packed_sint64())
          add_bounded(positive_, kHistogramBucketsMax, delta);
        break;
      case varint_field(kPositiveDeltas):
        add_bounded(positive_, kHistogramBucketsMax, in.get_sint64());
        break;
      case message_field(kNegativeCounts):
      case fixed_field(kNegativeCounts):
        read_doubles(in, kHistogramBucketsMax, histogram_.negative_buckets);
        break;
      case message_field(kPositiveCounts):
      case fixed_field(kPositiveCounts):
        read_doubles(in, kHistogramBucketsMax, histogram_.positive_buckets);
        break;
      case message_field(kCustomValues):
      case fixed_field(kCustomValues):
        read_doubles(in, kHistogramBoundsMax, histogram_.layout.custom_bounds);
        break;
      default:
        in.skip();
    }
  }

  static void read_doubles(pbf_reader& in, size_t items_max, std::vector<double>& list) {
    if (in.wire_type() == pbf_wire_type::fixed64) return add_bounded(list, items_max, in.get_double());
    for (const double number : in.get_packed_double()) add_bounded(list, items_max, number);
  }

  static HistogramSpan read_span(pbf_reader in) {
    HistogramSpan span;
    while (in.next()) {
      switch (in.tag_and_type()) {
        case tag_and_type(kOffset, pbf_wire_type::varint):
          span.offset = in.get_sint32();
          break;
        case tag_and_type(kLength, pbf_wire_type::varint):
          span.length = in.get_uint32();
          break;
        default:
          in.skip();
      }
    }
    return span;
  }

  // One that a later protocol adds says nothing to us.
  static CounterResetHint read_hint(uint64_t number) {
    return number < kCounterResetHintCount ? static_cast<CounterResetHint>(number)
                                           : CounterResetHint::kUnknown;
  }

  // Lists that were cut at their bound must not pass for whole ones.
  Status check_sizes() const {
    const size_t buckets = std::max({negative_.size(), positive_.size(), histogram_.negative_buckets.size(),
                                     histogram_.positive_buckets.size()});
    if (buckets <= kHistogramBucketsMax) return {};
    return invalid_argument(fmt::format("histogram: more than {} buckets, the limit", kHistogramBucketsMax));
  }

  Status from_floats() { return validate(histogram_); }

  Status from_integers() {
    uint64_t total = zero_count_;
    RETURN_IF_ERROR(sum_deltas("positive", positive_, histogram_.positive_buckets, total));
    RETURN_IF_ERROR(sum_deltas("negative", negative_, histogram_.negative_buckets, total));
    // Observations that are NaN are in the count and in no bucket.
    const bool adds_up = std::isnan(histogram_.sum) ? total <= count_ : total == count_;
    if (!adds_up) {
      return invalid_argument(
          fmt::format("histogram: {} observations in the buckets, the count is {}", total, count_));
    }
    histogram_.count = static_cast<double>(count_);
    histogram_.zero_count = static_cast<double>(zero_count_);
    return validate(histogram_);
  }

  static Status sum_deltas(std::string_view sign, const std::vector<int64_t>& deltas,
                           std::vector<double>& buckets, uint64_t& total) {
    buckets.resize(deltas.size());
    int64_t count = 0;
    for (size_t i = 0; i < deltas.size(); ++i) {
      if (__builtin_add_overflow(count, deltas[i], &count) || count < 0) {
        return invalid_argument(
            fmt::format("histogram: {} bucket {} has a count below 0 or beyond 2^63", sign, i));
      }
      if (__builtin_add_overflow(total, static_cast<uint64_t>(count), &total)) {
        return invalid_argument("histogram: more than 2^64 observations in the buckets");
      }
      buckets[i] = static_cast<double>(count);
    }
    return {};
  }

  HistogramSample& sample_;
  Histogram& histogram_;
  bool integers_ = true;
  uint64_t count_ = 0;
  uint64_t zero_count_ = 0;
  std::vector<int64_t> positive_;  // deltas of integer counts
  std::vector<int64_t> negative_;
};

void add_spans(pbf_writer& out, Field field, const std::vector<HistogramSpan>& spans) {
  for (const HistogramSpan& span : spans) {
    pbf_writer message(out, field);
    message.add_sint32(kOffset, span.offset);
    message.add_uint32(kLength, span.length);
  }
}

}  // namespace

Status read_histogram_message(std::string_view message, HistogramSample& sample) {
  return MessageReader(sample).read(message);
}

void append_histogram_message(TimestampMs timestamp_ms, const Histogram& histogram, std::string& out) {
  const HistogramLayout& layout = histogram.layout;
  pbf_writer message(out);
  message.add_double(kCountFloat, histogram.count);
  message.add_double(kSum, histogram.sum);
  message.add_sint32(kSchema, layout.schema);
  message.add_double(kZeroThreshold, layout.zero_threshold);
  message.add_double(kZeroCountFloat, histogram.zero_count);
  add_spans(message, kNegativeSpans, layout.negative_spans);
  message.add_packed_double(kNegativeCounts, histogram.negative_buckets.begin(),
                            histogram.negative_buckets.end());
  add_spans(message, kPositiveSpans, layout.positive_spans);
  message.add_packed_double(kPositiveCounts, histogram.positive_buckets.begin(),
                            histogram.positive_buckets.end());
  message.add_enum(kResetHint, static_cast<int32_t>(histogram.reset_hint));
  message.add_int64(kTimestamp, timestamp_ms);
  message.add_packed_double(kCustomValues, layout.custom_bounds.begin(), layout.custom_bounds.end());
}

}  // namespace weir::wire
