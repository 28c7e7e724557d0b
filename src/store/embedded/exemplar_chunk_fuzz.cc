#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "store/embedded/exemplar_chunk.h"

/// Any bytes either fail or decode to exemplars that keep the promises of decode_exemplar_chunk; those,
/// encoded again, come back bit for bit.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  using namespace weir::store::embedded;
  ExemplarColumns first;
  if (!decode_exemplar_chunk({reinterpret_cast<const char*>(data), size}, first).ok()) {
    CHECK(first.empty(), "a chunk that fails leaves nothing");
    return 0;
  }
  CHECK(first.size() >= 1 && first.size() <= kExemplarChunkMax, "the limits of a chunk");
  for (size_t i = 0; i < first.size(); ++i) {
    CHECK(validate_exemplar_labels(first[i].labels.bytes()).ok(), "exemplars are valid");
    CHECK(i == 0 || first[i - 1].timestamp_ms <= first[i].timestamp_ms, "times ascend");
  }
  std::string bytes;
  encode_exemplar_chunk(first, 0, first.size(), bytes);
  ExemplarColumns second;
  CHECK(decode_exemplar_chunk(bytes, second).ok(), "what was encoded decodes");
  CHECK(first == second, "nothing is lost");
  return 0;
}
