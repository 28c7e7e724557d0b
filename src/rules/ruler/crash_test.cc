// Groups of rules through crashes at any point, against one evaluation without any of all that was
// acknowledged.
#include <algorithm>

#include <gtest/gtest.h>

#include "rules/ruler/crash_world_test.h"
#include "support/crash_seeds.h"

namespace weir::rules {
namespace {

using aggregation::CrashWorld;

constexpr const char* kMetrics[] = {"r", "r:w:.*", "g:r:.*", "ALERTS", "ALERTS_FOR_STATE", "alerts:firing"};

void operate(RuleWorld& rules) {
  CrashWorld& world = rules.world();
  os::Random& random = world.random();
  Status outcome;
  switch (random.below(16)) {
    case 0:
      return world.crash();
    case 1:
      world.disk().inject({.nth = 1 + random.below(40), .lasting = true, .written_bytes = random.below(700)});
      return;
    case 2:
      return rules.fail_at(1 + random.below(40), random.below(3) != 0);
    case 3:
      return random.below(4) == 0 ? world.compact() : world.trim();
    case 4:
      world.meta().fails = random.below(3) == 0;
      world.meta().takes_effect = random.below(2) == 0;
      return;
    case 5:
    case 6:
    case 7:
      return world.pass(os::milliseconds(random.below(6'000)));
    case 8:
      outcome = rules.send_again();
      break;
    case 9:
    case 10:
    case 11:
      outcome = rules.send();
      break;
    default:
      outcome = world.work();
  }
  if (!outcome.ok()) world.crash();
}

std::string first_beyond(const std::set<std::string>& some, const std::set<std::string>& all) {
  const auto first = std::ranges::find_if(some, [&](const std::string& one) { return !all.contains(one); });
  return first == some.end() ? "" : *first;
}

/// The alerts of a group that are pending or fire, as they are.
std::set<std::string> active_texts(const GroupStatus& status) {
  std::set<std::string> texts;
  for (const RuleStatus& rule : status.rules) {
    for (const Alert& alert : rule.alerts) texts.insert(alert_text(alert));
  }
  return texts;
}
std::set<std::string> active_texts(const RememberedGroup& group) {
  std::set<std::string> texts;
  for (const RememberedRule& rule : group.rules) {
    for (const Alert& alert : rule.alerts) {
      if (alert.state != AlertState::kInactive) texts.insert(alert_text(alert));
    }
  }
  return texts;
}

void expect_as_uninterrupted(RuleWorld& rules) {
  CrashWorld& world = rules.world();
  world.note_closed();
  store::MemoryStore store;
  for (const auto& samples : {world.written(), world.recounted(0)}) {
    for (const auto& [key, value] : samples) store.append(CrashWorld::kTenant, key.first, key.second, value);
  }
  Uninterrupted reference(store, rules.options(), world.clock());
  for (size_t i = 0; i < rules.groups().size(); ++i) {
    SCOPED_TRACE(rules.groups()[i].name);
    const GroupStatus status = rules.status(i);
    const RememberedGroup expected = reference.run(rules.groups()[i], rules.first_ms(i), status.evaluated_ms);
    EXPECT_EQ(incident_texts(rules.kept(i)), incident_texts(expected));
    EXPECT_EQ(active_texts(status), active_texts(expected));
  }
  for (const char* name : kMetrics) {
    EXPECT_EQ(CrashWorld::first_difference(CrashWorld::stored(store, name),
                                           CrashWorld::stored(world.store(), name)),
              "");
  }
  const Told& told = rules.told();
  EXPECT_EQ(first_beyond(reference.told().incidents, told.incidents), "") << "is not told";
  EXPECT_EQ(first_beyond(reference.told().ends, told.ends), "") << "is not told";
  EXPECT_EQ(first_beyond(told.alerts, reference.told().alerts), "") << "never was";
  EXPECT_EQ(first_beyond(rules.told_too_early(), {}), "") << "was told before it was durable";
}

TEST(RuleCrashes, NoTransitionIsMissedOrInvented) {
  const CrashSeeds seeds;
  for (uint64_t seed = seeds.first; seed < seeds.end; ++seed) {
    SCOPED_TRACE(testing::Message() << "WEIR_CRASH_SEED=" << seed);
    RuleWorld rules(seed);
    rules.settle(CrashWorld::kStart + 1);
    rules.world().between_steps = [&] { return rules.send(); };
    for (int step = 0; step < 200; ++step) operate(rules);
    rules.world().between_steps = nullptr;
    rules.world().crash();
    rules.settle(rules.world().now_ms() + 5'000);
    expect_as_uninterrupted(rules);
  }
}

}  // namespace
}  // namespace weir::rules
