#include "meta/meta_store.h"

#include <fmt/format.h>

namespace weir::meta {
namespace {

constexpr size_t kTenantNameMax = 150;

// The characters that Grafana Mimir allows in X-Scope-OrgID, so that a tenant can move here under its name.
bool is_tenant_character(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool digit = c >= '0' && c <= '9';
  return letter || digit || std::string_view("!-_.*'()").find(c) != std::string_view::npos;
}

}  // namespace

Status validate_tenant_name(std::string_view name) {
  if (name.empty()) return invalid_argument("tenant name: empty");
  if (name.size() > kTenantNameMax) {
    return invalid_argument(fmt::format("tenant name: {} characters, limit {}", name.size(), kTenantNameMax));
  }
  for (size_t i = 0; i < name.size(); ++i) {
    if (is_tenant_character(name[i])) continue;
    return invalid_argument(
        fmt::format("tenant name: byte 0x{:02x} at position {}, allowed are A-Z a-z 0-9 ! - _ . * ' ( )",
                    static_cast<unsigned char>(name[i]), i));
  }
  // A name may become a part of a path in object storage or a URL, where these two would mean another place.
  if (name == "." || name == "..")
    return invalid_argument(fmt::format("tenant name: \"{}\" is not allowed", name));
  return {};
}

}  // namespace weir::meta
