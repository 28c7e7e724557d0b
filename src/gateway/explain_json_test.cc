#include "gateway/explain_json.h"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "store/memory/memory_store.h"

namespace weir::gateway {
namespace {

class ExplainJson : public ::testing::Test {
 protected:
  ExplainJson() {
    for (int i = 0; i < 10; ++i) store_.append(tenant_, Labels::of({{"__name__", "m_total"}}), i * 1000, i);
    for (int i = 0; i < 10; ++i) store_.append(tenant_, Labels::of({{"__name__", "m"}}), i * 1000, i);
  }
  query::QueryContext context() {
    return {.tenant = tenant_,
            .limits = limits_,
            .deadline = Deadline::never(),
            .queued = std::chrono::microseconds(7),
            .profile = &profile_};
  }
  boost::json::value run(const AskedQuery& asked) {
    const auto result = asked.instant() ? engine_.instant(context(), asked.text, asked.range.start_ms)
                                        : engine_.range(context(), asked.text, asked.range);
    CHECK(result.ok(), result.error().message);
    return boost::json::parse(explain_json({asked, profile_, &*result}));
  }

  os::sim::ManualClock clock_;
  store::MemoryStore store_;
  const TenantId tenant_ = TenantId::from_stored(1);
  const Limits limits_;
  const query::Engine engine_{store_, query::EngineOptions(), clock_};
  query::Profile profile_{clock_};
};

TEST_F(ExplainJson, TellsTotalsAndNodes) {
  const auto told = run({.text = "sum(rate(m_total[2s]))", .range = {1'000, 9'000, 2'000}});
  EXPECT_EQ(told.at("query"), "sum(rate(m_total[2s]))");
  EXPECT_EQ(told.at("start"), "1970-01-01T00:00:01.000Z");
  EXPECT_EQ(told.at("end"), "1970-01-01T00:00:09.000Z");
  EXPECT_EQ(told.at("step_ms"), 2'000);
  EXPECT_EQ(told.at("analyzed"), true);
  boost::json::object totals = told.at("totals").as_object();
  EXPECT_GE(totals.at("peak_bytes").as_int64(), 5 * 8);
  totals.erase("peak_bytes");
  EXPECT_EQ(totals, boost::json::parse(R"({"queued_us": 7, "parse_us": 0, "evaluate_us": 0, "read_series": 1,
                                           "read_samples": 10, "result_series": 1, "result_points": 5})"));
  const auto& rate = told.at("tree").at("children").at(0);
  EXPECT_EQ(rate.at("node"), "rate");
  EXPECT_EQ(rate.at("text"), "rate(m_total[2s])");
  EXPECT_EQ(rate.at("position"), boost::json::parse(R"({"start": 4, "end": 21})"));
  EXPECT_EQ(rate.at("type"), "vector");
  EXPECT_EQ(rate.at("read_samples"), 0);
  EXPECT_EQ(rate.at("children").at(0), boost::json::parse(R"({
      "node": "selector", "text": "m_total[2s]", "position": {"start": 9, "end": 20}, "type": "matrix", "evaluations": 1,
      "steps": 5, "series": 1, "read_series": 1, "read_samples": 10, "time_us": 0, "self_us": 0, "children": []})"));
  EXPECT_EQ(told.at("warnings"), boost::json::array());
}

TEST_F(ExplainJson, HasWarningsAndInfos) {
  const auto told = run({.text = "quantile(2, rate(m[2s]))", .range = {9'000, 9'000, 0}});
  EXPECT_EQ(told.at("warnings").as_array().size(), 1u);
  EXPECT_EQ(told.at("infos").as_array().size(), 1u);
  EXPECT_FALSE(told.as_object().contains("step_ms"));
}

TEST_F(ExplainJson, CountsPointsOfEachKindOfResult) {
  const auto points = [&](std::string text) {
    const auto told = run({.text = std::move(text), .range = {9'000, 9'000, 0}});
    return std::pair(told.at("totals").at("result_series").as_int64(),
                     told.at("totals").at("result_points").as_int64());
  };
  EXPECT_EQ(points("1"), std::pair(0L, 1L));
  EXPECT_EQ(points("m"), std::pair(1L, 1L));
  EXPECT_EQ(points("m[3s]"), std::pair(1L, 3L));
}

TEST_F(ExplainJson, OfAPlanHasWhatMatchesAndNoCosts) {
  const AskedQuery asked{.text = "abs(m)", .range = {9'000, 9'000, 0}};
  ASSERT_TRUE(engine_.plan(context(), asked.text, asked.range).ok());
  const auto told = boost::json::parse(explain_json({asked, profile_}));
  EXPECT_EQ(told.at("analyzed"), false);
  EXPECT_FALSE(told.as_object().contains("totals"));
  EXPECT_EQ(told.at("tree"), boost::json::parse(R"json({
      "node": "abs", "text": "abs(m)", "position": {"start": 0, "end": 6}, "type": "vector", "children": [
        {"node": "selector", "text": "m", "position": {"start": 4, "end": 5}, "type": "vector", "matching_series": 1,
         "matching_cut": false, "children": []}]})json"));
}

}  // namespace
}  // namespace weir::gateway
