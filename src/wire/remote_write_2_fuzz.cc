#include <cstdint>

#include <snappy.h>

#include "base/utf8.h"
#include "wire/remote_write_2.h"

namespace {

using namespace weir;

void check_metadata(const wire::RemoteWriteExtras& extras) {
  CHECK(extras.metadata.size() <= kMetadataPerBodyMax, "metadata is bounded");
  for (const MetricMetadata& one : extras.metadata) {
    CHECK(!one.metric.empty(), "a metric has a name");
    CHECK(is_utf8(one.metric) && is_utf8(one.unit) && is_utf8(one.help), "metadata is UTF-8");
    CHECK(one.help.size() <= kHelpBytesMax, "help is cut");
    CHECK(one.type != MetricType::kUnknown || !one.unit.empty() || !one.help.empty(), "it says something");
  }
}

void check_batch(const Batch& batch) {
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

}  // namespace

// The first byte says whether the rest is a body, or a message for which the body is still to be made: random
// bytes are hardly ever a snappy block.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kDecodedBytesMax = 1u << 20;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string body(input);
  if (data[0] % 8 != 0) snappy::Compress(input.data(), input.size(), &body);

  std::string scratch;
  Batch batch;
  const auto extras = wire::decode_remote_write_2(body, kDecodedBytesMax, scratch, batch);
  if (!extras.ok()) {
    CHECK(batch.empty(), "a body that fails leaves nothing");
    return 0;
  }
  check_metadata(*extras);
  CHECK(batch.size_bytes() <= 12 * kDecodedBytesMax, "a batch is bounded");
  check_batch(batch);
  Batch again;
  const std::string encoded = wire::encode_remote_write_2(batch);
  if (!wire::decode_remote_write_2(encoded, 64 * kDecodedBytesMax, scratch, again).ok())
    CHECK(false, "what we write we read");
  CHECK(wire::encode_remote_write_2(again) == encoded, "decoding loses nothing");
  return 0;
}
