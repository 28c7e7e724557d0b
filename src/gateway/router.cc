#include "gateway/router.h"

#include <optional>

namespace weir::gateway {
namespace {

/// The segment that `*` stands for (empty when the pattern has none), or nothing when the path does not
/// match.
std::optional<std::string_view> match_path(std::string_view pattern, std::string_view path) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos)
    return pattern == path ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view before = pattern.substr(0, star);
  const std::string_view after = pattern.substr(star + 1);
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) {
    return std::nullopt;
  }
  const std::string_view segment = path.substr(before.size(), path.size() - before.size() - after.size());
  if (segment.find('/') != std::string_view::npos) return std::nullopt;
  return segment;
}

}  // namespace

RouteMatch Router::match(std::string_view method, std::string_view path) const {
  constexpr std::string_view kMimirPrefix = "/prometheus/api/v1/";
  if (path.starts_with(kMimirPrefix)) path.remove_prefix(std::string_view("/prometheus").size());
  if (method == "HEAD") method = "GET";
  RouteMatch match;
  for (size_t i = 0; i < routes_.size(); ++i) {
    const auto segment = match_path(routes_[i].path, path);
    if (!segment) continue;
    match.path_exists = true;
    if (routes_[i].method == method) {
      match.route = &routes_[i];
      match.index = i;
      match.path_parameter = *segment;
      return match;
    }
    if (!match.allowed_methods.empty()) match.allowed_methods += ", ";
    match.allowed_methods += routes_[i].method;
  }
  return match;
}

}  // namespace weir::gateway
