#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "model/batch.h"
#include "wire/record_codec_test.h"

/// What the fuzz targets of record codecs share.
namespace weir::wire::fuzz {

/// Bit for bit.
inline bool equal(const Batch& a, const Batch& b) {
  if (a.series_count() != b.series_count() || a.sample_count() != b.sample_count()) return false;
  for (size_t i = 0; i < a.series_count(); ++i) {
    const Batch::Series& x = a.series()[i];
    const Batch::Series& y = b.series()[i];
    if (a.labels(x) != b.labels(y) || x.sample_count != y.sample_count) return false;
    if (!std::ranges::equal(a.histogram_times_ms(x), b.histogram_times_ms(y)) ||
        !std::ranges::equal(a.histograms(x), b.histograms(y))) {
      return false;
    }
    if (x.exemplar_count != y.exemplar_count) return false;
    for (uint32_t e = 0; e < x.exemplar_count; ++e) {
      if (!(a.exemplar(x, e) == b.exemplar(y, e))) return false;
    }
    for (uint32_t s = 0; s < x.sample_count; ++s) {
      if (a.timestamps_ms(x)[s] != b.timestamps_ms(y)[s]) return false;
      if (std::bit_cast<uint64_t>(a.values(x)[s]) != std::bit_cast<uint64_t>(b.values(y)[s])) return false;
    }
  }
  return true;
}

/// A histogram made of the fuzzer's bytes, of few layouts, so that neighbours share them.
inline Histogram histogram_of(ByteReader& in) {
  Histogram histogram;
  const uint8_t form = in.u8();
  histogram.layout.schema = static_cast<int32_t>(form % 2);
  histogram.layout.positive_spans = {{static_cast<int32_t>(form >> 1 & 1), form % 4u}};
  histogram.reset_hint = static_cast<CounterResetHint>(form >> 6);
  const bool doubles = (form >> 5 & 1) != 0;
  const auto count = [&] { return doubles ? std::fabs(in.f64()) : static_cast<double>(in.varint() >> 12); };
  for (uint32_t i = form % 4u; i > 0; --i) histogram.positive_buckets.push_back(count());
  histogram.count = count();
  histogram.zero_count = count();
  histogram.sum = in.f64();
  return histogram;
}

/// A batch made of the fuzzer's bytes: few names and values, so that series share shapes and differ in parts.
inline Batch batch_of(std::string_view input) {
  Batch batch;
  ByteReader in(input);
  while (!in.at_end()) {
    std::vector<Label> labels;
    const uint8_t present = in.u8();
    static constexpr std::string_view kNames[] = {"a", "aa", "ab", "b", "c", "cc", "d", "e"};
    for (size_t i = 0; i < 8; ++i) {
      if ((present >> i & 1) != 0)
        labels.push_back({kNames[i], in.raw(std::min<size_t>(in.u8() % 4, in.remaining()))});
    }
    const Result<Labels> canonical = Labels::from(labels);
    batch.begin_series(canonical.value().view().bytes());
    for (uint8_t samples = in.u8() % 4; samples > 0; --samples) {
      const TimestampMs timestamp_ms = in.svarint();
      batch.add_sample(timestamp_ms, in.remaining() % 2 == 0 ? in.f64() : static_cast<double>(in.svarint()));
    }
    for (uint8_t histograms = in.u8() % 4; histograms > 0; --histograms) {
      const TimestampMs timestamp_ms = in.svarint();
      batch.add_histogram(timestamp_ms, histogram_of(in));
    }
    for (uint8_t exemplars = in.u8() % 4; exemplars > 0; --exemplars) {
      const uint8_t form = in.u8();
      std::string own;
      if ((form & 1) != 0) append_label(own, "span_id", kNames[form >> 1 & 7]);
      if ((form >> 4 & 1) != 0) append_label(own, "trace_id", kNames[form >> 5 & 7]);
      const TimestampMs timestamp_ms = in.svarint();
      batch.add_exemplar({LabelsView(own), in.f64(), timestamp_ms});
    }
  }
  return batch;
}

/// Both ways: hostile bytes into the decoder, and any batch through encoder and decoder. `encode_record` and
/// `decode_record` are the pair of functions of one format.
template <typename Encode, typename Decode>
void check_record(std::string_view input, Encode encode_record, Decode decode_record) {
  constexpr size_t kDecodedBytesMax = 1u << 20;
  const auto encode = [&](const Batch& batch) {
    std::string out;
    encode_record(batch, record_tests::all(batch), out);
    return out;
  };
  Batch hostile;
  if (decode_record(input, kDecodedBytesMax, hostile).ok()) {
    CHECK(hostile.size_bytes() <= kDecodedBytesMax, "a batch is bounded");
    for (const Batch::Series& series : hostile.series()) {
      CHECK(LabelsView::validate(hostile.labels(series).bytes()).ok(), "labels are canonical");
      for (const Histogram& histogram : hostile.histograms(series))
        CHECK(validate(histogram).ok(), "histograms are valid");
      for (uint32_t e = 0; e < series.exemplar_count; ++e)
        CHECK(validate_exemplar_labels(hostile.exemplar(series, e).labels.bytes()).ok(),
              "exemplars are valid");
    }
    Batch again;
    CHECK(decode_record(encode(hostile), kDecodedBytesMax, again).ok(), "what we write we read");
    CHECK(equal(hostile, again), "nothing is lost");
  } else {
    CHECK(hostile.empty(), "a record that fails leaves nothing");
  }

  const Batch batch = batch_of(input);
  Batch found;
  CHECK(decode_record(encode(batch), size_t{8} << 20, found).ok(), "what we write we read");
  CHECK(equal(batch, found), "nothing is lost");
}

}  // namespace weir::wire::fuzz
