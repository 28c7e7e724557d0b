#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "notify/config.h"

// Any bytes are a configuration or have problems, each at a place in them; in a configuration every route
// leads to a receiver.
namespace weir::notify {
namespace {

void check_route(const Config& config, const Route& route) {
  CHECK(config.receiver(route.receiver) != nullptr, route.receiver);
  CHECK(route.group_interval_ms > 0 && route.repeat_interval_ms > 0, "intervals are positive");
  for (const Route& child : route.routes) check_route(config, child);
}

}  // namespace
}  // namespace weir::notify

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const auto read = notify::parse_config({reinterpret_cast<const char*>(data), size});
  for (const yaml::Problem& problem : read.problems) {
    CHECK(problem.mark.line >= 1 && problem.mark.line <= size + 1, problem.message);
    CHECK(problem.mark.column >= 1 && problem.mark.column <= size + 1, problem.message);
  }
  if (read.problems.empty()) notify::check_route(read.config, read.config.root);
  return 0;
}
