#include "net/hop_by_hop.h"

#include <algorithm>
#include <iterator>

#include "net/ascii.h"
#include "net/framing.h"

namespace weir::net {

bool is_hop_by_hop(std::string_view name) {
  constexpr std::string_view kFields[] = {"Connection", "Keep-Alive",        "TE",
                                          "Trailer",    "Transfer-Encoding", "Upgrade"};
  constexpr std::string_view kProxy = "Proxy-";
  return equals_ignore_case(name.substr(0, kProxy.size()), kProxy) ||
         std::any_of(std::begin(kFields), std::end(kFields),
                     [&](std::string_view field) { return equals_ignore_case(name, field); });
}

Headers end_to_end(const Headers& headers) {
  const bool names_others = headers.has("Connection");
  Headers kept;
  for (const auto& [name, value] : headers.all()) {
    if (is_hop_by_hop(name) || (names_others && has_token(headers, "Connection", name))) continue;
    kept.add(name, value);
  }
  return kept;
}

}  // namespace weir::net
