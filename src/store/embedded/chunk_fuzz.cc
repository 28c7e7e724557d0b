#include <cstddef>
#include <cstdint>
#include <cstring>

#include "store/embedded/chunk.h"
#include "store/embedded/histogram_chunk.h"

/// Any bytes either fail or decode to samples that keep the promises of decode_chunk; those samples, encoded
/// again, come back bit for bit.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  using namespace weir::store::embedded;
  SampleColumns first;
  if (!decode_chunk({reinterpret_cast<const char*>(data), size}, first).ok()) return 0;
  CHECK(first.size() >= 1 && first.size() <= kChunkSamplesMax, "the limits of a chunk");
  for (size_t i = 1; i < first.size(); ++i) {
    CHECK(first.timestamps_ms[i - 1] < first.timestamps_ms[i], "times ascend strictly");
  }

  std::string bytes;
  if (!first.histograms.empty()) {
    for (const HistogramPtr& histogram : first.histograms) CHECK(validate(*histogram).ok(), "all are valid");
    encode_histogram_chunk(first.timestamps_ms, first.histograms, bytes);
    SampleColumns again;
    CHECK(decode_chunk(bytes, again).ok(), "what was encoded decodes");
    CHECK(first.timestamps_ms == again.timestamps_ms, "the same times");
    for (size_t i = 0; i < first.size(); ++i)
      CHECK(*first.histograms[i] == *again.histogram(i), "the same histograms, bit for bit");
    return 0;
  }
  encode_chunk(first.timestamps_ms, first.values, bytes);
  SampleColumns second;
  CHECK(decode_chunk(bytes, second).ok(), "what was encoded decodes");
  CHECK(first.timestamps_ms == second.timestamps_ms, "the same times");
  CHECK(first.values.size() == second.values.size(), "as many values");
  CHECK(std::memcmp(first.values.data(), second.values.data(), first.values.size() * sizeof(double)) == 0,
        "the same values, bit for bit");
  return 0;
}
