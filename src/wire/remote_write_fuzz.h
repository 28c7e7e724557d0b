#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <snappy.h>

#include "base/utf8.h"
#include "model/batch.h"
#include "wire/remote_write_extras.h"

/// What holds of every body, of either version of remote write.
namespace weir::wire {

inline void check_remote_write_metadata(const RemoteWriteExtras& extras) {
  CHECK(extras.metadata.size() <= kMetadataPerBodyMax, "metadata is bounded");
  for (const MetricMetadata& one : extras.metadata) {
    CHECK(!one.metric.empty(), "a metric has a name");
    CHECK(is_utf8(one.metric) && is_utf8(one.unit) && is_utf8(one.help), "metadata is UTF-8");
    CHECK(one.help.size() <= kHelpBytesMax, "help is cut");
    CHECK(metric_type_named(metric_type_name(one.type)) == one.type, "a type is one that is known");
  }
}

inline void check_remote_write_batch(const Batch& batch) {
  for (const Batch::Series& series : batch.series()) {
    CHECK(LabelsView::validate(batch.labels(series).bytes()).ok(), "labels are canonical");
    for (const Label& label : batch.labels(series))
      CHECK(is_utf8(label.name) && is_utf8(label.value), "labels are UTF-8");
    for (const Histogram& histogram : batch.histograms(series))
      CHECK(validate(histogram).ok(), "histograms are valid");
    for (uint32_t i = 0; i < series.exemplar_count; ++i)
      CHECK(validate_exemplar_labels(batch.exemplar(series, i).labels.bytes()).ok(), "exemplars are valid");
  }
}

/// One input of a fuzzer. `decode` and `encode` are those of a version; `check` looks at what else holds of
/// its metadata. The first byte says whether the rest is a body, or a message for which the body is still to
/// be made: random bytes are hardly ever a snappy block.
template <typename Decode, typename Encode, typename Check>
void fuzz_remote_write(const uint8_t* data, size_t size, Decode decode, Encode encode, Check check) {
  constexpr size_t kDecodedBytesMax = 1u << 20;
  if (size == 0) return;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string body(input);
  if (data[0] % 8 != 0) snappy::Compress(input.data(), input.size(), &body);

  std::string scratch;
  Batch batch;
  const auto extras = decode(body, kDecodedBytesMax, scratch, batch);
  if (!extras.ok()) {
    CHECK(batch.empty(), "a body that fails leaves nothing");
    return;
  }
  check_remote_write_metadata(*extras);
  for (const MetricMetadata& one : extras->metadata) check(one);
  CHECK(batch.size_bytes() <= 12 * kDecodedBytesMax, "a batch is bounded");
  check_remote_write_batch(batch);
  Batch again;
  const std::string encoded = encode(batch);
  if (!decode(encoded, 64 * kDecodedBytesMax, scratch, again).ok()) CHECK(false, "what we write we read");
  CHECK(encode(again) == encoded, "decoding loses nothing");
}

}  // namespace weir::wire
