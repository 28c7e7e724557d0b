#include "query/viewed_selectors.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/memory/memory_store.h"
#include "store/views/viewed_store.h"

namespace weir::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class ViewedSelectors : public testing::Test {
 protected:
  std::vector<std::string> of(std::string_view text) {
    std::vector<std::string> out;
    const auto selectors = viewed_selectors(engine_, text);
    EXPECT_TRUE(selectors.ok()) << selectors.error().message;
    for (const store::ViewedSelector& one : *selectors) {
      std::string matchers;
      for (const Matcher& matcher : one.matchers) matchers += matcher.to_string() + " ";
      out.push_back(fmt::format("{}{}", matchers, one.range_ms));
    }
    return out;
  }

  store::MemoryStore store_;
  Engine engine_{store_, {}, os::system_clock()};
};

TEST_F(ViewedSelectors, ReachAsFarBackAsTheyAreRead) {
  EXPECT_THAT(of("up"), ElementsAre("__name__=\"up\" 299999"));
  EXPECT_THAT(of("sum by (job) (rate(up{a!=\"b\"}[10m])) > 5"),
              ElementsAre("a!=\"b\" __name__=\"up\" 599999"));
  EXPECT_THAT(of("a / b offset 1m"), UnorderedElementsAre("__name__=\"a\" 299999", "__name__=\"b\" 359999"));
  EXPECT_THAT(of("max_over_time(a[10m:1m])"), ElementsAre("__name__=\"a\" 899998"));
}

TEST_F(ViewedSelectors, AreNoneWhereTheyDoNotMoveWithTheTime) {
  for (const char* text : {"1", "time()", "up @ 5", "a offset -1m"}) {
    EXPECT_THAT(of(text), IsEmpty()) << text;
  }
  EXPECT_FALSE(viewed_selectors(engine_, "sum(").ok());
}

// What evaluating reads of a view's selectors, the view answers: with the same matchers, never further back.
TEST_F(ViewedSelectors, AreWhatIsReadByEvaluating) {
  telemetry::Registry registry;
  store::SelectorViews views({}, os::system_clock(), registry);
  store::ViewReader reader(store_, views);
  const Engine engine(reader, {}, os::system_clock());
  constexpr TimestampMs kAt = 1'700'000'000'000;
  for (const char* name : {"a", "b", "up"}) {
    for (int i = 0; i < 100; ++i)
      store_.append(store::MemoryStore::sole_tenant(), Labels::of({{"__name__", name}, {"i", "1"}}),
                    kAt - i * 15'000, i);
  }
  const Limits limits;
  const QueryContext context{store::MemoryStore::sole_tenant(), limits, Deadline::never()};
  std::vector<std::unique_ptr<store::SelectorViews::Hold>> holds;
  for (const char* text :
       {"up", "a > 5", "sum by (i) (rate(up[5m])) > 0.1", "a / b", "a / on (i) b offset 3m",
        "quantile(0.5, a)", "max_over_time(rate(a[2m])[10m:1m])", "absent(nothing)",
        "histogram_quantile(0.9, a)", "a and b unless up", "changes(up[7m]) + last_over_time(b[9m])",
        "topk(3, a)", "timestamp(a)", "min_over_time(b[8m])"}) {
    holds.push_back(views.hold(context.tenant, viewed_selectors(engine, text).value(), {}));
    EXPECT_TRUE(engine.instant(context, text, kAt).ok()) << text;
    EXPECT_THAT(registry.to_text(), testing::HasSubstr("reads_total{from=\"store\"} 0")) << text;
  }
}

}  // namespace
}  // namespace weir::query
