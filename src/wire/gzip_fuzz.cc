#include <cstdint>

#include "wire/gzip.h"
#include "wire/zstd_frame.h"

// Bodies that clients may send compressed: bounded whatever they claim, and our own come back.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  constexpr size_t kDecodedBytesMax = 64u << 10;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const auto decode : {&wire::gunzip, &wire::zstd_decode}) {
    const Result<std::string> decoded = decode(input, kDecodedBytesMax);
    CHECK(!decoded.ok() || decoded->size() <= kDecodedBytesMax, "the output is bounded");
  }
  CHECK(wire::gunzip(wire::gzip(input, 1), size).value() == input, "gzip loses nothing");
  CHECK(wire::zstd_decode(wire::zstd_encode(input, 1), size).value() == input, "zstd loses nothing");
  return 0;
}
