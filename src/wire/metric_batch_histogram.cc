#include "wire/metric_batch_histogram.h"

#include <vector>

#include "wire/avro_blocks.h"

namespace weir::wire {
namespace {

// One block, and the empty one that ends the array.
template <typename T, typename Write>
void write_array(const std::vector<T>& items, ByteWriter& out, Write write) {
  if (!items.empty()) {
    out.svarint(static_cast<int64_t>(items.size()));
    for (const T& item : items) write(item);
  }
  out.u8(0);
}

void write_spans(const std::vector<HistogramSpan>& spans, ByteWriter& out) {
  write_array(spans, out, [&](const HistogramSpan& span) {
    out.svarint(span.offset);
    out.svarint(span.length);
  });
}

void write_doubles(const std::vector<double>& numbers, ByteWriter& out) {
  write_array(numbers, out, [&](double number) { out.f64(number); });
}

// Fails `in` when there are more than `items_max`.
template <typename T, typename Read>
void read_array(ByteReader& in, size_t items_max, std::vector<T>& items, Read read) {
  items.clear();
  AvroBlocks blocks(in);
  while (blocks.next()) {
    if (items.size() == items_max) blocks.in().fail();
    if (!blocks.ok()) break;
    items.push_back(read(blocks.in()));
  }
  in = blocks.in();
}

void read_spans(ByteReader& in, std::vector<HistogramSpan>& spans) {
  read_array(in, kHistogramSpansMax, spans, [](ByteReader& item) {
    const int64_t offset = item.svarint();
    const int64_t length = item.svarint();
    const HistogramSpan span{static_cast<int32_t>(offset), static_cast<uint32_t>(length)};
    if (span.offset != offset || int64_t{span.length} != length) item.fail();
    return span;
  });
}

void read_doubles(ByteReader& in, size_t items_max, std::vector<double>& numbers) {
  read_array(in, items_max, numbers, [](ByteReader& item) { return item.f64(); });
}

void skip_array(ByteReader& in, size_t item_bytes, bool spans) {
  AvroBlocks blocks(in);
  blocks.skip(item_bytes, [&](ByteReader& item) {
    if (!spans) return static_cast<void>(item.f64());
    item.varint();
    item.varint();
  });
  in = blocks.in();
}

}  // namespace

void append_avro_histogram(uint32_t series_index, TimestampMs timestamp_ms, const Histogram& histogram,
                           ByteWriter& out) {
  out.svarint(series_index);
  out.svarint(timestamp_ms);
  out.svarint(static_cast<int64_t>(histogram.reset_hint));
  out.svarint(histogram.layout.schema);
  out.f64(histogram.layout.zero_threshold);
  out.f64(histogram.zero_count);
  out.f64(histogram.count);
  out.f64(histogram.sum);
  write_spans(histogram.layout.positive_spans, out);
  write_doubles(histogram.positive_buckets, out);
  write_spans(histogram.layout.negative_spans, out);
  write_doubles(histogram.negative_buckets, out);
  write_doubles(histogram.layout.custom_bounds, out);
}

Status read_avro_histogram(ByteReader& in, AvroHistogram& item) {
  Histogram& histogram = item.histogram;
  item.series_index = in.svarint();
  item.timestamp_ms = in.svarint();
  const auto hint = static_cast<uint64_t>(in.svarint());
  const int64_t schema = in.svarint();
  if (hint >= kCounterResetHintCount) return corruption("a counter reset that is not known");
  histogram.reset_hint = static_cast<CounterResetHint>(hint);
  histogram.layout.schema = static_cast<int32_t>(schema);
  if (histogram.layout.schema != schema) return corruption("a schema beyond 32 bits");
  histogram.layout.zero_threshold = in.f64();
  histogram.zero_count = in.f64();
  histogram.count = in.f64();
  histogram.sum = in.f64();
  read_spans(in, histogram.layout.positive_spans);
  read_doubles(in, kHistogramBucketsMax, histogram.positive_buckets);
  read_spans(in, histogram.layout.negative_spans);
  read_doubles(in, kHistogramBucketsMax, histogram.negative_buckets);
  read_doubles(in, kHistogramBoundsMax, histogram.layout.custom_bounds);
  if (!in.ok()) return corruption("a histogram is cut short or too large");
  const Status valid = validate(histogram);
  return valid.ok() ? ok_status() : Status(corruption(valid.error().message));
}

void skip_avro_histogram(ByteReader& in) {
  for (int i = 0; i < 4; ++i) in.varint();
  for (int i = 0; i < 4; ++i) in.f64();
  skip_array(in, 0, true);
  skip_array(in, sizeof(double), false);
  skip_array(in, 0, true);
  skip_array(in, sizeof(double), false);
  skip_array(in, sizeof(double), false);
}

}  // namespace weir::wire
