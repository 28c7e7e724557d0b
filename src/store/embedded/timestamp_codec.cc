#include "store/embedded/timestamp_codec.h"

#include <fmt/format.h>

#include "store/embedded/integer_codec.h"

namespace weir::store::embedded {

namespace {

bool ascend_strictly(std::span<const TimestampMs> timestamps_ms) {
  bool ascend = true;  // without a way out, which costs more than it saves
  for (size_t i = 1; i < timestamps_ms.size(); ++i) ascend &= timestamps_ms[i - 1] < timestamps_ms[i];
  return ascend;
}

}  // namespace

void encode_timestamps(std::span<const TimestampMs> timestamps_ms, std::string& out) {
  CHECK(ascend_strictly(timestamps_ms), "the times of a chunk ascend strictly");
  encode_integers(timestamps_ms, out);
}

Status decode_timestamps(ByteReader& in, std::span<TimestampMs> out) {
  RETURN_IF_ERROR(decode_integers(in, out));
  if (!ascend_strictly(out)) {
    return corruption(fmt::format("chunk: times that do not ascend, before byte {}", in.position()));
  }
  return ok_status();
}

}  // namespace weir::store::embedded
