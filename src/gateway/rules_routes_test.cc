#include <boost/json.hpp>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cache/memory/memory_cache.h"
#include "gateway/gateway.h"
#include "meta/sqlite/sqlite_meta_store.h"
#include "net/testing/test_server.h"
#include "rules/evaluation/instant_vector.h"
#include "rules/ruler/ruler.h"
#include "store/memory/memory_store.h"

namespace weir::gateway {
namespace {

using boost::json::object;
using net::testing::RawResponse;
using ::testing::HasSubstr;

constexpr TimestampMs kStart = 1'700'000'040'000;

constexpr std::string_view kRules = R"yaml(
groups:
  - name: g
    interval: 1m
    rules:
      - {record: "m:sum", expr: sum(m)}
      - {alert: High, expr: "m:sum > 5", for: 2m, annotations: {summary: "{{ $value }}"}}
)yaml";

/// A process that reads a store in memory and, once it is asked to, evaluates rules over it, behind HTTP.
class RulesRoutes : public ::testing::Test {
 protected:
  RulesRoutes() {
    services_.read.emplace(
        ReadServices{engine_, queries_, answers_, store_, live_, tenants_, *meta_, metadata_});
    services_.store = &store_;
    services_.watermark_ms = [this](TenantId) { return std::optional(clock_.wall_ms() - 250); };
  }
  ~RulesRoutes() override {
    if (server_ != nullptr) server_->stop(std::chrono::milliseconds(0));
    workers_.stop();
  }
  void start() {
    gateway_ = std::make_unique<Gateway>(services_);
    net::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = std::make_unique<net::HttpServer>(options, *gateway_, registry_);
    ASSERT_TRUE(server_->start().ok());
  }
  // The rules are evaluated once a second, on the machine's clock, and what they make is not kept.
  void evaluate(std::string_view text) {
    rules::RulerParts parts{clock_, registry_, *meta_, {}, {}, {}, {}};
    parts.watermark_ms = [this](TenantId) { return std::optional(clock_.wall_ms()); };
    parts.query = [this](TenantId tenant, const std::string& expr, TimestampMs at_ms) {
      return rules::instant_vector(engine_, {tenant, limits_, Deadline::never()}, expr, at_ms);
    };
    parts.write = [](TenantId, const Batch&) { return Status(); };
    parts.announce = [](TenantId, const std::vector<rules::AnnouncedAlert>&) {};
    rules::RulerOptions options;
    options.interval_ms = 1'000;
    ruler_ = std::make_unique<rules::Ruler>(options, parts);
    rules::RuleFile file = rules::parse_rule_file(text);
    ASSERT_TRUE(file.problems.empty());
    ruler_->set_groups({{tenant_, "a.yml", file.groups.front()}});
    services_.ruler.emplace(RulerServices{*ruler_, tenants_, *meta_});
    while (ruler_->groups(tenant_).front().evaluated_ms == 0) std::this_thread::yield();
  }

  RawResponse request(std::string_view method, std::string_view target, std::string_view body = "",
                      std::string_view fields = "") {
    return net::testing::RawClient(server_->port())
        .exchange(fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{}\r\n{}", method,
                              target, body.size(), fields, body));
  }
  RawResponse backtest(std::string_view parameters, std::string_view body = kRules) {
    return request("POST", fmt::format("/api/v2/rules/backtest?{}", parameters), body,
                   "Content-Type: application/x-www-form-urlencoded\r\n");
  }
  static object json(const RawResponse& response, int status = 200) {
    EXPECT_EQ(response.status, status) << response.body;
    return boost::json::parse(response.body).as_object();
  }
  static std::string detail(const RawResponse& response, int status) {
    return std::string(json(response, status).at("detail").as_string());
  }

  os::Clock& clock_ = os::system_clock();
  telemetry::Registry registry_;
  const Limits limits_;
  std::unique_ptr<meta::MetaStore> meta_ = meta::sqlite::open(":memory:", clock_).value();
  tenant::TenantDirectory tenants_{*meta_};
  const TenantId tenant_ = tenants_.find_or_create("default", Deadline::never()).value();
  store::MemoryStore store_;
  query::Engine engine_{store_, {}, clock_};
  query::RunningQueries queries_{os::milliseconds(0), clock_};
  std::unique_ptr<cache::Cache> cache_ = cache::memory::create({}, clock_, registry_);
  AnswerCache answers_{{}, engine_, store_, *cache_, clock_, registry_};
  stream::LiveHub live_{{}, {engine_, clock_, registry_}};
  MetadataCache metadata_{{}, *meta_, clock_};
  os::WorkerPool workers_{{}};
  std::unique_ptr<rules::Ruler> ruler_;
  Services services_{.registry = registry_,
                     .clock = clock_,
                     .workers = workers_,
                     .ready = [] { return ok_status(); },
                     .process = {.version = "1", .commit = "c", .roles = {"query"}},
                     .options = {}};
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(RulesRoutes, BacktestTellsWhatRulesWouldHaveDone) {
  for (int i = 0; i < 10; ++i)
    store_.append(tenant_, Labels::of({{"__name__", "m"}}), kStart + i * kMinuteMs, i < 6 ? 7 : 1);
  start();
  const object answer = json(backtest("start=1700000040&end=1700000640"));
  EXPECT_EQ(answer.at("start").as_string(), "2023-11-14T22:14:00.000Z");
  EXPECT_EQ(answer.at("until"), answer.at("end"));
  EXPECT_FALSE(answer.at("partial").as_bool());
  EXPECT_EQ(answer.at("totals").at("evaluations").as_int64(), 22);
  const auto& rules = answer.at("groups").at(0).at("rules").as_array();
  EXPECT_EQ(rules[0].at("samples").as_int64(), 11);
  EXPECT_EQ(rules[0].at("health").as_string(), "ok");
  EXPECT_EQ(rules[1].at("fired").as_int64(), 1);
  EXPECT_EQ(rules[1].at("firing_ms").as_int64(), 4 * kMinuteMs);
  EXPECT_EQ(rules[1].at("alerts").at(0), boost::json::parse(R"({
    "labels": {"alertname": "High"}, "annotations": {"summary": "7"},
    "intervals": [{"pending": "2023-11-14T22:14:00.000Z", "firing": "2023-11-14T22:16:00.000Z",
                   "end": "2023-11-14T22:20:00.000Z", "value": "7"}]})"));
  EXPECT_EQ(services_.backtests->load(), 0);
  // It is among the queries, of which all are slow here.
  EXPECT_THAT(request("GET", "/api/v2/queries").body, HasSubstr("backtest of 1 groups of rules"));
}

TEST_F(RulesRoutes, BacktestRefusesWhatItCannotDo) {
  start();
  constexpr std::string_view kTimes = "start=1700000040&end=1700000640";
  EXPECT_THAT(detail(backtest("end=1"), 400), HasSubstr("\"start\""));
  EXPECT_THAT(detail(backtest(std::string(kTimes) + "&step=-1"), 400), HasSubstr("\"step\""));
  EXPECT_THAT(detail(backtest("start=2&end=1"), 400), HasSubstr("lies before the start"));
  EXPECT_THAT(detail(backtest(std::string(kTimes) + "&step=1ms"), 400), HasSubstr("limit 100000"));
  EXPECT_THAT(detail(backtest(kTimes, "groups: [{name: g, rules: [{record: r, expr: 'up +'}]}]"), 400),
              HasSubstr("1:51: expr: "));
  EXPECT_THAT(detail(backtest(kTimes, ""), 400), HasSubstr("no rules"));
  EXPECT_EQ(request("GET", "/api/v2/rules/backtest").status, 405);
  *services_.backtests = 2;
  EXPECT_THAT(detail(backtest(kTimes), 503), HasSubstr("2 run already, limit 2"));
  EXPECT_EQ(services_.backtests->load(), 2);
}

TEST_F(RulesRoutes, ExplainTellsOfAlertsAndTheirSamples) {
  const TimestampMs now_ms = clock_.wall_ms();
  for (int i = 0; i < 60; ++i)
    store_.append(tenant_, Labels::of({{"__name__", "m"}, {"i", "a"}}), now_ms - i * 1'000, 7);
  store_.append(tenant_, Labels::of({{"__name__", "m"}, {"i", "b"}}), now_ms - 60'000, 1);
  const Labels alerts =
      Labels::of({{"__name__", "ALERTS"}, {"alertname", "High"}, {"alertstate", "firing"}, {"i", "a"}});
  store_.append(tenant_, alerts, now_ms - kHourMs, 1);
  store_.append(tenant_, alerts, now_ms - kHourMs + 60'000, stale_marker());
  evaluate("groups: [{name: g, rules: [{alert: High, expr: m > 5, for: 1h}]}]");
  start();
  const object answer = json(request("GET", "/api/v2/rules/explain?alert=High"));
  EXPECT_LE(answer.at("watermark_behind_ms").as_int64(), 250);
  const auto& rule = answer.at("rules").at(0);
  EXPECT_EQ(rule.at("file").as_string(), "a.yml");
  EXPECT_EQ(rule.at("state").as_string(), "pending");
  EXPECT_EQ(rule.at("query").as_string(), "m > 5");
  const auto& alert = rule.at("alerts").at(0);
  EXPECT_EQ(alert.at("labels"), boost::json::parse(R"({"alertname": "High", "i": "a"})"));
  EXPECT_GT(alert.at("left_ms").as_int64(), 3'500'000);
  EXPECT_EQ(alert.at("behind").at(0).at("selector").as_string(), "m");
  EXPECT_EQ(alert.at("behind").at(0).at("series").as_array().size(), 1u);
  EXPECT_EQ(alert.at("behind").at(0).at("series").at(0).at("samples").as_array().size(), 10u);
  ASSERT_EQ(answer.at("changes").as_array().size(), 2u);
  EXPECT_EQ(answer.at("changes").at(1).at("from").as_string(), "firing");
  EXPECT_EQ(answer.at("changes").at(1).at("to").as_string(), "inactive");

  const object other =
      json(request("GET", "/api/v2/rules/explain?alert=High&match[]=%7Bi=%22b%22%7D&range=1m"));
  EXPECT_TRUE(other.at("changes").as_array().empty());
  EXPECT_TRUE(other.at("rules").at(0).at("alerts").as_array().empty());
  const auto& condition = other.at("rules").at(0).at("conditions").at(0);
  EXPECT_EQ(condition.at("bound").as_string(), "5");
  EXPECT_EQ(condition.at("values").at(0).at("value").as_string(), "1");
}

TEST_F(RulesRoutes, ExplainRefusesWhatIsNotThere) {
  evaluate("groups: [{name: g, rules: [{alert: High, expr: m > 5}]}]");
  start();
  constexpr std::string_view kPath = "/api/v2/rules/explain";
  EXPECT_THAT(detail(request("GET", kPath), 400), HasSubstr("\"alert\": is missing"));
  EXPECT_THAT(detail(request("GET", std::string(kPath) + "?alert=Hihg"), 404),
              HasSubstr("did you mean \"High\""));
  EXPECT_THAT(detail(request("GET", std::string(kPath) + "?alert=High&group=x"), 404),
              HasSubstr("in a group \"x\""));
  EXPECT_THAT(detail(request("GET", std::string(kPath) + "?alert=High&limit=101"), 400),
              HasSubstr("1 to 100"));
  EXPECT_THAT(detail(request("GET", std::string(kPath) + "?alert=High&range=1y"), 400),
              HasSubstr("at most 31d"));
  EXPECT_THAT(detail(request("GET", std::string(kPath) + "?alert=High&match[]=x["), 400),
              HasSubstr("match[]"));
}

TEST_F(RulesRoutes, ExplainNeedsTheRuler) {
  start();
  EXPECT_THAT(detail(request("GET", "/api/v2/rules/explain?alert=High"), 421),
              HasSubstr("with the role ruler"));
}

}  // namespace
}  // namespace weir::gateway
