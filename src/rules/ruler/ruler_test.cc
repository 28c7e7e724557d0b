#include "rules/ruler/ruler.h"

#include <thread>

#include <gmock/gmock.h>

#include "rules/ruler/ruler_world_test.h"

namespace weir::rules {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// On the machine's clock, since its threads wait by that.
TEST(RulerTest, EvaluatesManyGroupsOfManyTenants) {
  World world(os::system_clock());
  RulerOptions options;
  options.interval_ms = 1'000;
  Ruler ruler(options, world.parts());
  std::vector<TenantGroup> groups;
  for (uint64_t tenant = 1; tenant <= 4; ++tenant) {
    for (int i = 0; i < 5; ++i) {
      RuleGroup group = group_of("{name: g, rules: [{record: r, expr: up}]}");
      group.name += std::to_string(i);
      groups.push_back({TenantId::from_stored(tenant), "file", std::move(group)});
    }
  }
  ruler.set_groups(groups);
  const auto evaluated = [&](size_t wanted) {
    size_t count = 0;
    for (uint64_t tenant = 1; tenant <= 4; ++tenant) {
      for (const GroupStatus& group : ruler.groups(TenantId::from_stored(tenant)))
        count += group.evaluated_ms > 0 ? 1u : 0u;
    }
    return count == wanted;
  };
  while (!evaluated(20)) std::this_thread::yield();
  groups.resize(3);
  ruler.set_groups(groups);
  EXPECT_THAT(ruler.groups(TenantId::from_stored(1)), SizeIs(3));
  EXPECT_THAT(ruler.groups(TenantId::from_stored(2)), IsEmpty());
  const auto ends = [&] {
    std::lock_guard lock(world.mutex);
    return std::ranges::count_if(
        world.written, [](const std::string& line) { return line.find(" stale ") != std::string::npos; });
  };
  while (ends() < 17) std::this_thread::yield();
}

}  // namespace
}  // namespace weir::rules
