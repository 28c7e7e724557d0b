#pragma once

#include <map>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <snappy.h>

#include "model/histogram.h"
#include "wire/remote_write_2.h"
#include "wire/remote_write_2_fields.h"
#include "wire/remote_write_decode_test.h"
#include "wire/remote_write_histogram.h"

/// What the tests of remote write 2.0 share.
namespace weir::wire::remote_write_tests {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using Refs = std::vector<uint32_t>;

/// A request, built field by field; what is read lies in it. Texts become symbols in the order in which they
/// come.
class Request2 {
 public:
  Request2() { ref(""); }

  uint32_t ref(const std::string& text) {
    const auto [found, added] = refs_.try_emplace(text, static_cast<uint32_t>(symbols_.size()));
    if (added) symbols_.push_back(text);
    return found->second;
  }
  /// Begins a series; what follows is its own.
  Request2& series(const Pairs& labels) { return raw_series(refs(labels)); }
  Request2& raw_series(const Refs& refs) {
    series_.emplace_back();
    writer().add_packed_uint32(remote_write_2::kLabelsRefs, refs.begin(), refs.end());
    return *this;
  }
  Request2& sample(TimestampMs timestamp_ms, double value, int64_t start_ms = 0) {
    protozero::pbf_writer series = writer();
    protozero::pbf_writer out(series, remote_write_2::kSamples);
    out.add_double(1, value);
    out.add_int64(2, timestamp_ms);
    if (start_ms != 0) out.add_int64(3, start_ms);
    return *this;
  }
  Request2& histogram(TimestampMs timestamp_ms, const Histogram& histogram, int64_t start_ms = 0) {
    std::string message;
    append_histogram_message(timestamp_ms, histogram, message);
    if (start_ms != 0) protozero::pbf_writer(message).add_int64(17, start_ms);
    return raw(remote_write_2::kHistograms, message);
  }
  Request2& raw_exemplar(const Refs& refs, double value, TimestampMs timestamp_ms) {
    protozero::pbf_writer series = writer();
    protozero::pbf_writer out(series, remote_write_2::kExemplars);
    out.add_packed_uint32(remote_write_2::kExemplarLabelsRefs, refs.begin(), refs.end());
    out.add_double(remote_write_2::kExemplarValue, value);
    out.add_int64(remote_write_2::kExemplarTimestamp, timestamp_ms);
    return *this;
  }
  Request2& exemplar(const Pairs& labels, double value, TimestampMs timestamp_ms) {
    return raw_exemplar(refs(labels), value, timestamp_ms);
  }
  Request2& metadata(int32_t type, const std::string& help, const std::string& unit = "") {
    return raw_metadata(type, ref(help), ref(unit));
  }
  Request2& raw_metadata(int32_t type, uint32_t help_ref, uint32_t unit_ref) {
    protozero::pbf_writer series = writer();
    protozero::pbf_writer out(series, remote_write_2::kMetadata);
    out.add_enum(remote_write_2::kMetadataType, type);
    if (help_ref != 0) out.add_uint32(remote_write_2::kMetadataHelpRef, help_ref);
    if (unit_ref != 0) out.add_uint32(remote_write_2::kMetadataUnitRef, unit_ref);
    return *this;
  }
  /// A field of the series as it stands.
  Request2& raw(uint32_t field, const std::string& message) {
    writer().add_message(field, message);
    return *this;
  }

  std::string symbols() const {
    std::string text;
    for (const std::string& symbol : symbols_)
      protozero::pbf_writer(text).add_string(remote_write_2::kSymbols, symbol);
    return text;
  }
  std::string all_series() const {
    std::string text;
    for (const std::string& one : series_)
      protozero::pbf_writer(text).add_message(remote_write_2::kTimeSeries, one);
    return text;
  }
  std::string message() const { return symbols() + all_series(); }

  Result<RemoteWriteExtras> read(Batch& batch, size_t decoded_bytes_max = kMax) {
    return decode_remote_write_2(compress(message()), decoded_bytes_max, scratch_, batch);
  }

 private:
  Refs refs(const Pairs& labels) {
    Refs refs;
    for (const auto& [name, value] : labels) {
      refs.push_back(ref(name));
      refs.push_back(ref(value));
    }
    return refs;
  }
  protozero::pbf_writer writer() { return protozero::pbf_writer(series_.back()); }

  std::vector<std::string> symbols_;
  std::map<std::string, uint32_t> refs_;
  std::vector<std::string> series_;
  std::string scratch_;
};

inline Result<RemoteWriteExtras> decode_2(std::string_view body, Batch& batch,
                                          size_t decoded_bytes_max = kMax) {
  std::string scratch;
  return decode_remote_write_2(body, decoded_bytes_max, scratch, batch);
}

/// What is said of a message that is refused, its code in front; "none" for one that is read.
inline std::string error_of(const std::string& message, size_t decoded_bytes_max = kMax) {
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "kept"}}).view().bytes());
  const auto extras = decode_2(compress(message), batch, decoded_bytes_max);
  if (extras.ok()) return "none";
  EXPECT_EQ(batch.series_count(), 1u) << "a failure leaves the batch as it was";
  return fmt::format("{}: {}", code_name(extras.error().code), extras.error().message);
}

}  // namespace weir::wire::remote_write_tests
