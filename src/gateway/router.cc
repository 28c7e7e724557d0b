#include "gateway/router.h"

#include <algorithm>
#include <optional>

namespace weir::gateway {
namespace {

/// Takes the next segment, up to a slash, off the front of a path.
std::string_view take_segment(std::string_view& path) {
  const size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

/// The segments that the stars of a pattern stand for, or nothing when the path does not match.
std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path) {
  if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return std::nullopt;
  std::vector<std::string> found;
  while (!pattern.empty() || !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view segment = take_segment(path);
    if (wanted == "*" && !segment.empty()) {
      found.emplace_back(segment);
    } else if (wanted != segment) {
      return std::nullopt;
    }
  }
  return found;
}

}  // namespace

RouteMatch Router::match(std::string_view method, std::string_view path) const {
  constexpr std::string_view kMimirPrefix = "/prometheus";
  const std::string_view behind = path.starts_with(kMimirPrefix) ? path.substr(kMimirPrefix.size()) : path;
  if (behind.starts_with("/api/v1/") || behind.starts_with("/config/v1/")) path = behind;
  if (method == "HEAD") method = "GET";
  RouteMatch match;
  for (size_t i = 0; i < routes_.size(); ++i) {
    auto segments = match_path(routes_[i].path, path);
    if (!segments) continue;
    match.path_exists = true;
    if (routes_[i].method == method) {
      match.route = &routes_[i];
      match.index = i;
      match.path_parameters = *std::move(segments);
      return match;
    }
    if (!match.allowed_methods.empty()) match.allowed_methods += ", ";
    match.allowed_methods += routes_[i].method;
  }
  return match;
}

}  // namespace weir::gateway
