#include <cstdint>

#include <snappy.h>

#include "base/utf8.h"
#include "wire/remote_write.h"

namespace {

void check_metadata(const weir::wire::RemoteWriteExtras& extras) {
  using namespace weir;
  CHECK(extras.metadata.size() <= kMetadataPerBodyMax, "metadata is bounded");
  for (const MetricMetadata& one : extras.metadata) {
    CHECK(!one.metric.empty(), "a metric has a name");
    CHECK(is_utf8(one.metric) && is_utf8(one.unit) && is_utf8(one.help), "metadata is UTF-8");
    CHECK(one.help.size() <= kHelpBytesMax, "help is cut");
    CHECK(metric_type_named(metric_type_name(one.type)) == one.type, "a type is one that is known");
  }
}

}  // namespace

// The first byte says whether the rest is a body, or a message for which the body is still to be made: random
// bytes are hardly ever a snappy block.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  constexpr size_t kDecodedBytesMax = 1u << 20;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string body(input);
  if (data[0] % 8 != 0) snappy::Compress(input.data(), input.size(), &body);

  std::string scratch;
  Batch batch;
  const auto extras = wire::decode_remote_write(body, kDecodedBytesMax, scratch, batch);
  if (!extras.ok()) {
    CHECK(batch.empty(), "a body that fails leaves nothing");
    return 0;
  }
  check_metadata(*extras);
  CHECK(batch.size_bytes() <= 12 * kDecodedBytesMax, "a batch is bounded");
  for (const Batch::Series& series : batch.series()) {
    CHECK(LabelsView::validate(batch.labels(series).bytes()).ok(), "labels are canonical");
    for (const Histogram& histogram : batch.histograms(series))
      CHECK(validate(histogram).ok(), "histograms are valid");
    for (uint32_t i = 0; i < series.exemplar_count; ++i)
      CHECK(validate_exemplar_labels(batch.exemplar(series, i).labels.bytes()).ok(), "exemplars are valid");
  }
  Batch again;
  const std::string encoded = wire::encode_remote_write(batch);
  if (!wire::decode_remote_write(encoded, 64 * kDecodedBytesMax, scratch, again).ok())
    CHECK(false, "what we write we read");
  CHECK(wire::encode_remote_write(again) == encoded, "decoding loses nothing");
  return 0;
}
