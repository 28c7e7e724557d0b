#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "net/chunked.h"

namespace weir::net {
namespace {

struct Decoded {
  ChunkedDecoder::State state = ChunkedDecoder::State::kNeedMore;
  std::string body;
  size_t consumed = 0;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view text, size_t piece_bytes) {
  ChunkedDecoder decoder(1'000);
  Decoded decoded;
  for (size_t at = 0; at < text.size() && decoded.state == ChunkedDecoder::State::kNeedMore;
       at += piece_bytes) {
    decoded.state = decoder.decode(text.substr(at, piece_bytes), decoded.body, decoded.consumed);
  }
  return decoded;
}

}  // namespace
}  // namespace weir::net

/// Chunked bodies: one outcome however the bytes are cut, and never more than the limit.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir::net;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Decoded whole = decode(text, text.size() + 1);
  CHECK(whole.body.size() <= 1'000 && whole.consumed <= text.size(), "within the limits");
  for (const size_t piece_bytes : {1, 2, 3, 7})
    CHECK(decode(text, piece_bytes) == whole, "cutting changes nothing");
  return 0;
}
