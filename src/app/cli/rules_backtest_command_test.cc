#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "base/guarded.h"
#include "net/testing/test_server.h"
#include "os/files.h"
#include "os/sim/manual_clock.h"
#include "os/sim/temp_directory.h"

namespace weir::app::cli {
namespace {

using testing::HasSubstr;

constexpr std::string_view kRules = "groups: [{name: g, rules: [{alert: A, expr: up}]}]\n";
constexpr std::string_view kAnswer =
    R"({"start":"2026-01-01T00:00:00Z","end":"2026-01-01T01:00:00Z","until":"2026-01-01T01:00:00Z","groups":[]})";

class RulesOnServer : public testing::Test {
 protected:
  RulesOnServer() {
    server_.handler().on_policy = [](std::string_view) {
      return net::RoutePolicy{.body_bytes_max = 1u << 20};
    };
    server_.handler().on_http = [this](net::HttpRequest request, net::Responder respond) {
      asked_.with([&](auto& asked) { asked = std::move(request); });
      respond(answer_);
    };
    server_.start();
  }
  ~RulesOnServer() override { server_.server().stop(std::chrono::milliseconds(0)); }

  Target target() const {
    return {.url = fmt::format("127.0.0.1:{}", server_.port()),
            .tenant = "acme",
            .timeout = os::milliseconds(10'000)};
  }
  std::string file(std::string_view text) {
    const std::string path = directory_.path() + "/r.yml";
    EXPECT_TRUE(os::write_file_atomically(os::posix_files(), path, text).ok());
    return path;
  }
  int backtest(const std::string& path, bool json = false) {
    Console console{in_, out_, err_, clock_, {}};
    return run_rules_backtest({.target = target(),
                               .files = {path},
                               .from = {std::nullopt, 3'600'000},
                               .step = os::milliseconds(60'000),
                               .json = json},
                              console);
  }
  net::HttpRequest asked() {
    return asked_.with([](auto& asked) { return asked; });
  }

  os::sim::TempDirectory directory_;
  os::sim::ManualClock clock_;
  net::HttpResponse answer_ = net::HttpResponse::json(200, std::string(kAnswer));
  Guarded<net::HttpRequest> asked_;
  net::testing::TestServer server_;
  std::istringstream in_;
  std::ostringstream out_, err_;
};

TEST_F(RulesOnServer, BacktestSendsTheFile) {
  EXPECT_EQ(backtest(file(kRules)), kExitOk);
  EXPECT_EQ(err_.str(), "");
  EXPECT_THAT(out_.str(), HasSubstr("r.yml: 2026-01-01 00:00:00 to 2026-01-01 01:00:00 (1h)"));
  const net::HttpRequest request = asked();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/api/v2/rules/backtest");
  EXPECT_EQ(request.body, kRules);
  EXPECT_EQ(request.headers.get("X-Scope-OrgID"), "acme");
  EXPECT_EQ(request.query.get("start"), "2023-11-14T21:13:20.000Z");
  EXPECT_EQ(request.query.get("end"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(request.query.get("step"), "1m");
  EXPECT_EQ(request.query.get("timeout"), "9s");
}

TEST_F(RulesOnServer, BacktestPrintsJson) {
  const std::string path = file(kRules);
  EXPECT_EQ(backtest(path, true), kExitOk);
  EXPECT_EQ(out_.str(), fmt::format("{{\"files\":[{{\"file\":\"{}\",\"backtest\":{}}}]}}\n", path, kAnswer));
}

TEST_F(RulesOnServer, BacktestOfABadFileAsksNobody) {
  EXPECT_EQ(backtest(file("groups: [{name: g, rules: [{alert: A, expr: 'up +'}]}]")), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("r.yml:1:"));
  EXPECT_EQ(asked().path, "");
  EXPECT_EQ(backtest("/nowhere/r.yml"), kExitFailed);
}

TEST_F(RulesOnServer, BacktestFailsWithItsServerAndItsRules) {
  answer_ = net::HttpResponse::json(503, R"({"detail":"backtest: 2 run already"})");
  EXPECT_EQ(backtest(file(kRules)), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("r.yml: backtest: 2 run already"));
  answer_ = net::HttpResponse::json(200, "{}");
  EXPECT_EQ(backtest(file(kRules)), kExitFailed);
  answer_ = net::HttpResponse::json(
      200, R"({"start":"2026-01-01T00:00:00Z","end":"2026-01-01T01:00:00Z","until":"2026-01-01T01:00:00Z",
               "groups":[{"rules":[{"type":"recording","failures":1}]}]})");
  EXPECT_EQ(backtest(file(kRules)), kExitFailed);
}

TEST_F(RulesOnServer, ExplainAsksForTheAlert) {
  answer_ = net::HttpResponse::json(200, R"({"alert":"A","rules":[],"changes":[]})");
  Console console{in_, out_, err_, clock_, {}};
  RulesExplainCommand command{
      .target = target(), .alert = "A", .group = "g", .selectors = {"{a=\"b\"}", "x"}};
  command.range = os::milliseconds(7'200'000);
  EXPECT_EQ(run_rules_explain(command, console), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("A: watermark not known"));
  const net::HttpRequest request = asked();
  EXPECT_EQ(request.path, "/api/v2/rules/explain");
  EXPECT_EQ(request.query.get("alert"), "A");
  EXPECT_EQ(request.query.get("group"), "g");
  EXPECT_EQ(request.query.get("range"), "2h");
  EXPECT_THAT(request.query.all("match[]"), testing::ElementsAre("{a=\"b\"}", "x"));
  out_.str("");
  command.json = true;
  EXPECT_EQ(run_rules_explain(command, console), kExitOk);
  EXPECT_EQ(out_.str(), answer_.body + "\n");
  answer_ = net::HttpResponse::json(404, R"({"detail":"no alerting rule \"A\""})");
  EXPECT_EQ(run_rules_explain(command, console), kExitFailed);
  EXPECT_EQ(err_.str(), "weir rules explain: no alerting rule \"A\"\n");
}

}  // namespace
}  // namespace weir::app::cli
