#include "store/embedded/deletion.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::store::embedded {

bool Deletion::takes(LabelsView labels) const {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&](const Matcher& matcher) { return matcher.matches(labels.get(matcher.name())); });
}

Status check_deletion(std::span<const Matcher> matchers) {
  if (std::all_of(matchers.begin(), matchers.end(),
                  [](const Matcher& matcher) { return matcher.matches_absent(); })) {
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
