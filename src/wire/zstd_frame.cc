#include "wire/zstd_frame.h"

#include <cstdint>
#include <memory>

#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "wire/growing_output.h"

namespace weir::wire {
namespace {

// A context costs more to set up than a small frame to code, so each thread keeps one of either kind. They
// hold no data from call to call.
ZSTD_DCtx* decoder() {
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                                  &ZSTD_freeDCtx);
  CHECK(context != nullptr, "a zstd context can be allocated");
  return context.get();
}

ZSTD_CCtx* encoder() {
  thread_local const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                                  &ZSTD_freeCCtx);
  CHECK(context != nullptr, "a zstd context can be allocated");
  return context.get();
}

// The declared size where it is believable: a hostile frame of a few bytes may declare any size at all.
size_t guess_size(std::string_view body) {
  constexpr size_t kBelievableRatio = 64;
  const uint64_t declared = ZSTD_getFrameContentSize(body.data(), body.size());
  const bool known = declared != ZSTD_CONTENTSIZE_UNKNOWN && declared != ZSTD_CONTENTSIZE_ERROR;
  return known && declared / kBelievableRatio <= body.size() ? declared : 8 * body.size();
}

}  // namespace

Result<std::string> zstd_decode(std::string_view body, size_t decoded_bytes_max) {
  if (body.empty()) return invalid_argument("zstd: the body is empty");
  GrowingOutput out(guess_size(body), decoded_bytes_max);
  while (true) {
    const size_t written =
        ZSTD_decompressDCtx(decoder(), out.free(), out.free_bytes(), body.data(), body.size());
    if (!ZSTD_isError(written)) {
      out.commit(written);
      return std::move(out).take();
    }
    if (ZSTD_getErrorCode(written) != ZSTD_error_dstSize_tooSmall) {
      return invalid_argument(
          fmt::format("zstd: {} (body of {} bytes)", ZSTD_getErrorName(written), body.size()));
    }
    if (!out.grow()) {
      return resource_exhausted(
          fmt::format("zstd: {} bytes hold more than {} bytes, the limit", body.size(), decoded_bytes_max));
    }
  }
}

std::string zstd_encode(std::string_view bytes, int level) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const size_t written =
      ZSTD_compressCCtx(encoder(), out.data(), out.size(), bytes.data(), bytes.size(), level);
  CHECK(!ZSTD_isError(written), ZSTD_getErrorName(written));
  out.resize(written);
  return out;
}

}  // namespace weir::wire
