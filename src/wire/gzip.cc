#include "wire/gzip.h"

#include <cstdint>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <libdeflate.h>

#include "wire/growing_output.h"

namespace weir::wire {
namespace {

using Decompressor = std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>;
using Compressor = std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)>;

// The last member's trailer says how long its content is: right for nearly every body, and only a guess.
size_t guess_size(std::string_view body) {
  constexpr size_t kDeflateRatioMax = 1'032;
  uint32_t declared = 0;
  if (body.size() >= sizeof(declared)) {
    std::memcpy(&declared, body.data() + body.size() - sizeof(declared), sizeof(declared));
  }
  const bool plausible = declared / kDeflateRatioMax <= body.size();
  return plausible ? declared : 4 * body.size();
}

// Decompresses the member at the start of `body` behind what `out` holds and returns the member's size.
Result<size_t> gunzip_member(libdeflate_decompressor* decompressor, std::string_view body,
                             GrowingOutput& out) {
  while (true) {
    size_t read = 0;
    size_t written = 0;
    switch (libdeflate_gzip_decompress_ex(decompressor, body.data(), body.size(), out.free(),
                                          out.free_bytes(), &read, &written)) {
      case LIBDEFLATE_SUCCESS:
        out.commit(written);
        return read;
      case LIBDEFLATE_INSUFFICIENT_SPACE:
        if (!out.grow()) return resource_exhausted("too large");
        break;
      default:
        return invalid_argument("not a gzip member");
    }
  }
}

}  // namespace

Result<std::string> gunzip(std::string_view body, size_t decoded_bytes_max) {
  const Decompressor decompressor(libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  CHECK(decompressor != nullptr, "a gzip decompressor can be allocated");
  GrowingOutput out(guess_size(body), decoded_bytes_max);
  size_t at = 0;
  do {
    const Result<size_t> read = gunzip_member(decompressor.get(), body.substr(at), out);
    if (!read.ok() && read.error().code == Code::kResourceExhausted) {
      return resource_exhausted(
          fmt::format("gzip: {} bytes hold more than {} bytes, the limit", body.size(), decoded_bytes_max));
    }
    if (!read.ok()) {
      return invalid_argument(fmt::format("gzip: no valid member at byte {} of {}", at, body.size()));
    }
    at += *read;
  } while (at < body.size());
  return std::move(out).take();
}

std::string gzip(std::string_view bytes, int level) {
  const Compressor compressor(libdeflate_alloc_compressor(level), &libdeflate_free_compressor);
  CHECK(compressor != nullptr, "the level is 1 to 12");
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
  out.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  return out;
}

}  // namespace weir::wire
