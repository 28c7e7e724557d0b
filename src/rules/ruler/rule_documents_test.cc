#include "rules/ruler/rule_documents.h"

#include <gmock/gmock.h>

#include "rules/ruler/ruler_world_test.h"

namespace weir::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const TenantId kTenant = TenantId::from_stored(7);

TEST(RuleDocuments, AreAGroupEach) {
  os::sim::ManualClock clock(1'700'000'000'000);
  World world(clock);
  meta::MetaStore& meta = *world.meta;
  const auto names = [&](TenantId tenant) {
    std::vector<std::string> out;
    for (const StoredGroup& one : stored_groups(meta, tenant, Deadline::never()).value())
      out.push_back(one.name_space + "/" + one.group.name);
    return out;
  };
  const RuleGroup group = group_of("{name: g, rules: [{record: r, expr: up}]}");
  for (const char* name_space : {"b", "a/ü"})
    ASSERT_TRUE(store_group(meta, kTenant, {name_space, group}, Deadline::never()).ok());
  ASSERT_TRUE(store_group(meta, kTenant, {"b", group}, Deadline::never()).ok());
  EXPECT_THAT(names(kTenant), ElementsAre("a/ü/g", "b/g"));
  EXPECT_THAT(names(TenantId::from_stored(8)), IsEmpty());
  EXPECT_EQ(erase_group(meta, kTenant, "b", "h", Deadline::never()).error().code, Code::kNotFound);
  EXPECT_TRUE(erase_group(meta, kTenant, "b", "g", Deadline::never()).ok());
  EXPECT_THAT(names(kTenant), ElementsAre("a/ü/g"));
  ASSERT_TRUE(meta.put(kTenant, kRuleKind, "x", "{}", std::nullopt, Deadline::never()).ok());
  EXPECT_THAT(names(kTenant), ElementsAre("a/ü/g"));
  RuleGroup large = group;
  large.rules.front().expr = "up + " + std::string(1u << 20, '1');
  EXPECT_EQ(store_group(meta, kTenant, {"b", large}, Deadline::never()).error().code,
            Code::kResourceExhausted);
}

}  // namespace
}  // namespace weir::rules
