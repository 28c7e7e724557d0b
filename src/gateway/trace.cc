#include "gateway/trace.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::gateway {
namespace {

constexpr size_t kRequestIdBytesMax = 128;

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_id(std::string_view text) {
  return is_lower_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

/// Never zero, because an id of zeros means that there is none.
uint64_t id_word(os::Random& random) {
  return std::max<uint64_t>(1, random.next());
}

}  // namespace

bool is_traceparent(std::string_view text) {
  // 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01; later versions may have more behind a dash.
  constexpr size_t kBytes = 55;
  if (text.size() < kBytes || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const std::string_view version = text.substr(0, 2);
  if (!is_lower_hex(version) || version == "ff") return false;
  if (text.size() > kBytes && (version == "00" || text[kBytes] != '-')) return false;
  return is_id(text.substr(3, 32)) && is_id(text.substr(36, 16)) && is_lower_hex(text.substr(53, 2));
}

std::string make_traceparent(os::Random& random) {
  return fmt::format("00-{:016x}{:016x}-{:016x}-00", id_word(random), id_word(random), id_word(random));
}

std::string request_id(const net::Headers& headers, os::Random& random) {
  const std::string_view given = headers.get("X-Request-Id");
  const bool clean =
      !given.empty() && given.size() <= kRequestIdBytesMax &&
      given.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:+/=") ==
          std::string_view::npos;
  return clean ? std::string(given) : fmt::format("{:016x}", id_word(random));
}

}  // namespace weir::gateway
