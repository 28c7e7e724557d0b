#include "store/embedded/deletion.h"

#include <fmt/format.h>

namespace weir::store::embedded {

Status check_deletion(std::span<const Matcher> matchers) {
  if (all_match_absent(matchers)) {
    return invalid_argument("erase: no matcher excludes the empty string");
  }
  size_t text_bytes = 0;
  for (const Matcher& matcher : matchers) text_bytes += matcher.name().size() + matcher.value().size() + 1;
  if (text_bytes > kDeletionTextMax) {
    return invalid_argument(
        fmt::format("erase: matchers of {} bytes, limit {}", text_bytes, kDeletionTextMax));
  }
  return {};
}

}  // namespace weir::store::embedded
