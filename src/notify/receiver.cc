#include "notify/receiver.h"

#include <fmt/format.h>

namespace weir::notify {

std::string_view Integration::kind() const {
  constexpr std::string_view kKinds[] = {"webhook", "slack", "email"};
  return kKinds[config.index()];
}

std::string Integration::name() const {
  return fmt::format("{}[{}]", kind(), index);
}

}  // namespace weir::notify
