#include "yaml/file_document.h"

#include <utility>

#include <fmt/format.h>

namespace weir::yaml {

std::optional<Document> parse_file(std::string_view text, size_t bytes_max, const Limits& limits,
                                   std::vector<Problem>& problems) {
  if (text.size() > bytes_max) {
    problems.push_back({{}, fmt::format("the file has {} bytes, limit {}", text.size(), bytes_max)});
    return std::nullopt;
  }
  Result<Document> document = parse(text, limits);
  if (!document.ok()) {
    problems.push_back(located(document.error().message));
    return std::nullopt;
  }
  return std::move(*document);
}

}  // namespace weir::yaml
