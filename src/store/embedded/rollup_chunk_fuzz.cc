#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/result.h"
#include "store/embedded/chunk.h"
#include "store/embedded/rollup_chunk.h"

/// Any bytes either fail or decode to samples that keep the promises of decode_rollup_chunk; those, encoded
/// again, come back bit for bit.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  using namespace weir::store::embedded;
  if (size == 0) return 0;
  const int64_t width_ms =
      bucket_width_ms(data[0] % 2 == 0 ? ChunkList::kHourRollup : ChunkList::kMinuteRollup);
  Rollup first;
  if (!decode_rollup_chunk({reinterpret_cast<const char*>(data) + 1, size - 1}, width_ms, first).ok())
    return 0;
  CHECK(first.size() >= 1 && first.size() <= kChunkSamplesMax, "the limits of a chunk");
  CHECK(first.values.size() == first.size() && first.left_out.size() == first.size(),
        "columns of one length");
  size_t buckets = 0;
  for (size_t i = 0; i < first.size(); ++i) {
    const bool begins =
        i == 0 || ceil_to(first.timestamps_ms[i], width_ms) != ceil_to(first.timestamps_ms[i - 1], width_ms);
    CHECK(i == 0 || first.timestamps_ms[i - 1] < first.timestamps_ms[i], "times ascend strictly");
    CHECK(!begins || first.left_out[i] == 0, "nothing is left out before a bucket's first");
    buckets += begins ? 1 : 0;
  }
  CHECK(!first.sums_exact || first.sums.size() == buckets, "a sum a bucket");

  first.sums.resize(buckets);
  std::string bytes;
  encode_rollup_chunk(first, width_ms, bytes);
  Rollup second;
  CHECK(decode_rollup_chunk(bytes, width_ms, second).ok(), "what was encoded decodes");
  CHECK(first.timestamps_ms == second.timestamps_ms && first.left_out == second.left_out, "the same samples");
  CHECK(std::memcmp(first.values.data(), second.values.data(), first.size() * sizeof(double)) == 0,
        "the same values, bit for bit");
  CHECK(first.falls_kept == second.falls_kept && first.sums_exact == second.sums_exact, "the same flags");
  return 0;
}
