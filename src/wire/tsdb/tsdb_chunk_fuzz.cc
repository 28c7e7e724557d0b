#include <cstdint>

#include "base/check.h"
#include "model/histogram.h"
#include "wire/tsdb/chunk.h"

// The first byte is the encoding, the rest the chunk's data.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const wire::tsdb::ChunkView chunk{static_cast<uint8_t>(data[0] % 5), input.substr(1)};
  SampleColumns samples;
  if (!wire::tsdb::decode_chunk(chunk, samples).ok()) {
    CHECK(samples.size() == 0, "a chunk that fails leaves nothing");
    return 0;
  }
  CHECK(samples.size() == chunk.sample_count(), "as many as the chunk says");
  for (size_t i = 0; i < samples.size(); ++i) {
    CHECK(i == 0 || samples.timestamps_ms[i - 1] < samples.timestamps_ms[i], "times ascend");
    if (const HistogramPtr histogram = samples.histogram(i))
      CHECK(validate(*histogram).ok(), "histograms are valid");
  }
  // Random bytes hardly ever have a checksum that holds: this only looks for reads behind the end.
  if (wire::tsdb::check_segment(input).ok()) (void)wire::tsdb::read_chunk(input, 8);
  return 0;
}
