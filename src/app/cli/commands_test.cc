#include "app/cli/commands.h"

#include <mutex>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/cli.h"
#include "net/http_server.h"
#include "os/files.h"
#include "os/random.h"
#include "os/sim/manual_clock.h"

namespace weir::app::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A server that keeps what it was asked and answers from a list; the last answer repeats.
class Backend : public net::Handler {
 public:
  explicit Backend(std::vector<net::HttpResponse> answers)
      : answers_(std::move(answers)), server_(options(), *this, registry_) {
    CHECK(server_.start().ok(), "a free port");
  }
  ~Backend() override { server_.stop(std::chrono::milliseconds(1'000)); }

  Target target() const {
    Target target;
    target.url = fmt::format("127.0.0.1:{}/", server_.port());
    return target;
  }
  std::vector<net::HttpRequest> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

  net::RoutePolicy policy(std::string_view, std::string_view, const net::Headers&) override {
    return {.body_bytes_max = 8u << 20};
  }
  void on_request(net::HttpRequest request, net::Responder respond) override {
    net::HttpResponse answer;
    {
      std::lock_guard lock(mutex_);
      answer = answers_[std::min(requests_.size(), answers_.size() - 1)];
      requests_.push_back(std::move(request));
    }
    respond(std::move(answer));
  }
  std::variant<net::WebSocketCallbacks, net::HttpResponse> on_websocket(
      const net::HttpRequest&, std::shared_ptr<net::WebSocket>) override {
    return net::HttpResponse::text(404, "");
  }

 private:
  static net::ServerOptions options() {
    net::ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.threads = 1;
    return options;
  }

  telemetry::Registry registry_;
  mutable std::mutex mutex_;
  std::vector<net::HttpResponse> answers_;
  std::vector<net::HttpRequest> requests_;
  net::HttpServer server_;
};

// A clock whose sleeps end at once, so that retries take no time. After `sleeps_left` of them the command is
// to stop.
class SleeplessClock : public os::sim::ManualClock {
 public:
  bool sleep_until(os::SteadyTime, std::stop_token) override { return --sleeps_left > 0; }
  int sleeps_left = 100;
};

class CommandRun : public testing::Test {
 protected:
  Console console() { return {in_, out_, err_, clock_, terminal_}; }

  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
  SleeplessClock clock_;
  Terminal terminal_;
};

std::string form_field(const net::HttpRequest& request, std::string_view name) {
  net::Params params;
  CHECK(params.parse(request.body).ok(), "a form");
  return std::string(params.get(name).value_or("(absent)"));
}

class QueryRun : public CommandRun {
 protected:
  int run(Backend& backend, QueryCommand command) {
    command.target = backend.target();
    command.target.tenant = "acme";
    Console c = console();
    return run_query(command, c);
  }
  static net::HttpResponse one_series() {
    return net::HttpResponse::json(
        200,
        R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up"},"value":[0,"1"]}]}})");
  }
};

TEST_F(QueryRun, AsksTheInstantApiAsTheTenant) {
  Backend backend({one_series()});
  EXPECT_EQ(run(backend, {.target = {}, .expression = "up + on() x", .time_ms = 1'500}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("up          1\n"));
  const net::HttpRequest request = backend.requests().at(0);
  EXPECT_EQ(request.path, "/api/v1/query");
  EXPECT_EQ(request.headers.get("X-Scope-OrgID"), "acme");
  EXPECT_EQ(form_field(request, "query"), "up + on() x");
  EXPECT_EQ(form_field(request, "time"), "1.500");
}

TEST_F(QueryRun, AsksForARangeUpToNow) {
  Backend backend(
      {net::HttpResponse::json(200, R"({"status":"success","data":{"resultType":"matrix","result":[]}})")});
  EXPECT_EQ(
      run(backend, {.target = {}, .expression = "up", .time_ms = {}, .range = os::milliseconds(3'600'000)}),
      kExitOk);
  const net::HttpRequest request = backend.requests().at(0);
  EXPECT_EQ(request.path, "/api/v1/query_range");
  EXPECT_EQ(form_field(request, "start"), "1699996400.000");
  EXPECT_EQ(form_field(request, "end"), "1700000000.000");
  EXPECT_EQ(form_field(request, "step"), "15.000");
  EXPECT_EQ(out_.str(), "no series\n");
}

TEST_F(QueryRun, PrintsJsonAndCsv) {
  Backend backend({one_series()});
  EXPECT_EQ(run(backend, {.target = {}, .expression = "up", .output = OutputFormat::kCsv}), kExitOk);
  EXPECT_EQ(out_.str(), "__name__,timestamp_ms,value\r\nup,0,1\r\n");
  out_.str("");
  EXPECT_EQ(run(backend, {.target = {}, .expression = "up", .output = OutputFormat::kJson}), kExitOk);
  EXPECT_EQ(out_.str(), one_series().body + "\n");
}

TEST_F(QueryRun, AsksForAnExplanation) {
  const std::string told =
      R"({"analyzed":true,"totals":{},"tree":{"node":"selector","text":"up","series":7,"children":[]}})";
  Backend backend({net::HttpResponse::json(200, told)});
  QueryCommand command{.target = {}, .expression = "up", .time_ms = 1'500};
  command.explain = QueryCommand::Explain::kRun;
  EXPECT_EQ(run(backend, command), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("\nup "));
  EXPECT_EQ(backend.requests().at(0).path, "/api/v2/explain");
  EXPECT_EQ(form_field(backend.requests().at(0), "time"), "1.500");
  EXPECT_EQ(form_field(backend.requests().at(0), "analyze"), "(absent)");
  out_.str("");
  command.explain = QueryCommand::Explain::kPlan;
  command.output = OutputFormat::kJson;
  EXPECT_EQ(run(backend, command), kExitOk);
  EXPECT_EQ(form_field(backend.requests().at(1), "analyze"), "false");
  EXPECT_EQ(out_.str(), told + "\n");
  command.output = OutputFormat::kCsv;
  EXPECT_EQ(run(backend, command), kExitUsage);
  EXPECT_EQ(backend.requests().size(), 2u);
}

TEST_F(QueryRun, PointsAtTheErrorInTheExpression) {
  Backend backend({net::HttpResponse::json(
      400,
      R"({"status":"error","errorType":"bad_data","error":"1:5: parse error: unexpected end of input"})")});
  EXPECT_EQ(run(backend, {.target = {}, .expression = "sum("}), kExitFailed);
  EXPECT_EQ(err_.str(), "weir query: 1:5: parse error: unexpected end of input\n  sum(\n      ^\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(QueryRun, SaysWhatElseWentWrong) {
  Backend backend(
      {net::HttpResponse::text(502, "<html>\nbad gateway"), net::HttpResponse::text(200, "hello")});
  EXPECT_EQ(run(backend, {.target = {}, .expression = "up"}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("the server answered 502"));
  EXPECT_EQ(run(backend, {.target = {}, .expression = "up"}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("not that of a query"));
  QueryCommand nowhere{.target = {}, .expression = "up"};
  nowhere.target.url = "http://127.0.0.1:1";
  Console c = console();
  EXPECT_EQ(run_query(nowhere, c), kExitFailed);
}

TEST_F(QueryRun, WatchRepeatsThroughFailures) {
  clock_.sleeps_left = 3;
  Backend backend({net::HttpResponse::text(503, "busy"), one_series()});
  EXPECT_EQ(run(backend, {.target = {}, .expression = "up", .watch = true}), kExitOk);
  EXPECT_EQ(backend.requests().size(), 3U);
  EXPECT_THAT(err_.str(), HasSubstr("busy"));
}

class WriteRun : public CommandRun {
 protected:
  int run(Backend& backend, std::vector<std::string> words) {
    Console c = console();
    return run_write({backend.target(), std::move(words)}, c);
  }
  static net::HttpResponse verdict(int accepted, int rejected, std::string_view rejections = "") {
    return net::HttpResponse::json(
        accepted > 0 ? 200 : 400,
        fmt::format(R"({{"status":"x","accepted":{},"rejected":{},"rejections":[{}]}})", accepted, rejected,
                    rejections));
  }
};

TEST_F(WriteRun, WritesASampleFromTheCommandLine) {
  Backend backend({verdict(1, 0)});
  EXPECT_EQ(run(backend, {"t{room=\"big attic\"}", "21.5", "5"}), kExitOk);
  EXPECT_EQ(backend.requests().at(0).path, "/api/v1/metrics");
  EXPECT_EQ(backend.requests().at(0).body,
            R"([{"name":"t","labels":{"room":"big attic"},"value":21.5,"timestamp":5}])");
  EXPECT_EQ(out_.str(), "1 sample accepted, 0 rejected\n");
}

TEST_F(WriteRun, ASampleThatCannotBeReadIsWrongUsage) {
  Backend backend({verdict(1, 0)});
  EXPECT_EQ(run(backend, {"t", "warm"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("weir write: column 3: expected a number"));
  EXPECT_THAT(backend.requests(), testing::IsEmpty());
}

TEST_F(WriteRun, WritesLinesAndNamesTheOnesRejected) {
  in_.str("# a comment\nup 1\nbad line\n{\"name\":\"x\",\"value\":1}\n");
  Backend backend({verdict(1, 1, R"({"index":1,"message":"too many labels"})")});
  EXPECT_EQ(run(backend, {}), kExitFailed);
  EXPECT_EQ(backend.requests().at(0).body, R"([{"name":"up","value":1},{"name":"x","value":1}])");
  EXPECT_EQ(err_.str(),
            "weir write: line 3: column 5: expected a number, NaN, +Inf or -Inf\n"
            "weir write: line 4: too many labels\n");
  EXPECT_EQ(out_.str(), "1 sample accepted, 2 rejected\n");
}

TEST_F(WriteRun, SendsManyLinesInBatches) {
  std::string lines;
  for (int i = 0; i < 12'000; ++i) lines += "up 1\n";
  in_.str(lines);
  Backend backend({verdict(5'000, 0), verdict(5'000, 0), verdict(2'000, 0)});
  EXPECT_EQ(run(backend, {}), kExitOk);
  EXPECT_EQ(backend.requests().size(), 3U);
  EXPECT_EQ(out_.str(), "12000 samples accepted, 0 rejected\n");
}

TEST_F(WriteRun, WaitsWhileTheServerIsBusy) {
  Backend backend(
      {net::HttpResponse::text(503, "full"), net::HttpResponse::text(429, "slow down"), verdict(1, 0)});
  EXPECT_EQ(run(backend, {"up", "1"}), kExitOk);
  EXPECT_EQ(backend.requests().size(), 3U);
}

TEST_F(WriteRun, GivesUpAfterSomeAttempts) {
  in_.str("up 1\nup 2\n");
  Backend backend({net::HttpResponse::json(503, R"({"detail":"log: queue is full"})")});
  EXPECT_EQ(run(backend, {}), kExitFailed);
  EXPECT_EQ(backend.requests().size(), 5U);
  EXPECT_EQ(err_.str(), "weir write: lines 1 to 2: log: queue is full\n");
  EXPECT_EQ(out_.str(), "0 samples accepted, 2 rejected\n");
}

TEST_F(WriteRun, NamesTheFirstFewComplaintsOnly) {
  std::string lines;
  for (int i = 0; i < 30; ++i) lines += "bad\n";
  in_.str(lines);
  Backend backend({verdict(1, 0)});
  EXPECT_EQ(run(backend, {}), kExitFailed);
  EXPECT_THAT(err_.str(), testing::AllOf(HasSubstr("line 10:"), testing::Not(HasSubstr("line 11:")),
                                         HasSubstr("and 20 more")));
  EXPECT_EQ(out_.str(), "0 samples accepted, 30 rejected\n");
}

TEST_F(WriteRun, ALineWithoutEndCannotExhaustMemory) {
  std::string line(3u << 20, 'x');
  line += "\nup 1";
  in_.str(line);
  Backend backend({verdict(1, 0)});
  EXPECT_EQ(run(backend, {}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("line 1: longer than 1048576 bytes"));
  EXPECT_EQ(out_.str(), "1 sample accepted, 1 rejected\n");
}

TEST_F(CommandRun, StatusPrintsForPeopleOrAsItIs) {
  Backend backend({net::HttpResponse::json(200, R"({"version":"0.1.0","commit":"abc","ready":true})")});
  Console c = console();
  EXPECT_EQ(run_status({backend.target(), false}, c), kExitOk);
  EXPECT_EQ(out_.str(), "weir 0.1.0 (abc)\nState       ready\n");
  out_.str("");
  EXPECT_EQ(run_status({backend.target(), true}, c), kExitOk);
  EXPECT_EQ(out_.str(), "{\"version\":\"0.1.0\",\"commit\":\"abc\",\"ready\":true}\n");
  EXPECT_EQ(backend.requests().at(0).path, "/api/v2/status");
}

TEST_F(CommandRun, StatusOfNoServerFails) {
  Target nowhere;
  nowhere.url = "http://127.0.0.1:1";
  Console c = console();
  EXPECT_EQ(run_status({nowhere, false}, c), kExitFailed);
  EXPECT_THAT(err_.str(), testing::StartsWith("weir status: "));
}

TEST_F(CommandRun, DeleteAsksFirstAndSaysWhatWent) {
  const auto two = net::HttpResponse::json(
      200, R"({"status":"success","data":[{"__name__":"up","i":"1"},{"__name__":"up","i":"2"}]})");
  Backend backend({two, two, net::HttpResponse{204, {}, {}}, two,
                   net::HttpResponse::json(503, R"({"status":"error","error":"compact the store first"})"),
                   net::HttpResponse::json(200, R"({"status":"success","data":[]})")});
  DeleteCommand command{backend.target(), {"up", "{job=\"x\"}"}, 1'000};
  in_.str("n\n");
  Console c = console();
  EXPECT_EQ(run_delete(command, c), kExitFailed);
  EXPECT_EQ(
      err_.str(),
      "Delete the samples of 2 series from 1970-01-01T00:00:01.000Z on? They cannot be brought back. [y/N] "
      "weir delete: not confirmed; nothing was deleted\n");
  EXPECT_EQ(backend.requests().size(), 1u);
  in_.str("y\n");
  EXPECT_EQ(run_delete(command, c), kExitOk);
  EXPECT_EQ(out_.str(), "Deleted the samples of 2 series from 1970-01-01T00:00:01.000Z on.\n");
  const net::HttpRequest sent = backend.requests().at(2);
  EXPECT_EQ(sent.path, "/api/v1/admin/tsdb/delete_series");
  EXPECT_EQ(form_field(sent, "match[]"), "up");
  EXPECT_EQ(form_field(sent, "start"), "1970-01-01T00:00:01.000Z");
  command.yes = true;
  EXPECT_EQ(run_delete(command, c), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("weir delete: compact the store first\n"));
  EXPECT_EQ(run_delete(command, c), kExitOk);
  EXPECT_THAT(out_.str(), testing::EndsWith("No series matches; nothing was deleted.\n"));
}

TEST_F(CommandRun, SnapshotPrintsItsDirectory) {
  Backend backend({net::HttpResponse::json(
                       200, R"({"status":"success","data":{"name":"one","path":"data/snapshots/one"}})"),
                   net::HttpResponse::text(501, R"({"status":501,"detail":"snapshot: use pg_dump"})",
                                           "application/problem+json"),
                   net::HttpResponse::json(200, R"({"status":"success","data":{}})")});
  Console c = console();
  EXPECT_EQ(run_snapshot({backend.target(), true}, c), kExitOk);
  EXPECT_EQ(out_.str(), "data/snapshots/one\n");
  EXPECT_EQ(backend.requests().at(0).path, "/api/v1/admin/tsdb/snapshot");
  EXPECT_EQ(backend.requests().at(0).method, "POST");
  EXPECT_EQ(form_field(backend.requests().at(0), "skip_head"), "true");
  EXPECT_EQ(run_snapshot({backend.target(), false}, c), kExitFailed);
  EXPECT_EQ(err_.str(), "weir snapshot: snapshot: use pg_dump\n");
  EXPECT_EQ(run_snapshot({backend.target(), false}, c), kExitFailed);
}

TEST_F(CommandRun, VersionNamesTheBuild) {
  Console c = console();
  EXPECT_EQ(run_version({.json = false}, c), kExitOk);
  EXPECT_THAT(out_.str(), testing::StartsWith("weir "));
  out_.str("");
  EXPECT_EQ(run_version({.json = true}, c), kExitOk);
  EXPECT_THAT(out_.str(), testing::AllOf(HasSubstr("\"commit\":"), HasSubstr("\"compiler\":")));
}

class ConfigFile {
 public:
  explicit ConfigFile(std::string_view text) {
    CHECK(os::write_file_atomically(os::posix_files(), path_, text).ok(), "a temporary file");
  }
  ~ConfigFile() { static_cast<void>(os::posix_files().remove(path_)); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_ = fmt::format("{}weir_config_{:016x}.yaml", testing::TempDir(), os::random_seed());
};

TEST_F(CommandRun, ConfigCheckSaysGoodOrWhatIsWrong) {
  const ConfigFile good("server:\n  listen: a:1\n");
  const ConfigFile bad("server:\n  lissten: a:1\n");
  Console c = console();
  EXPECT_EQ(run_config_check({good.path()}, c), kExitOk);
  EXPECT_EQ(out_.str(), good.path() + ": good\n");
  EXPECT_EQ(run_config_check({bad.path()}, c), kExitUsage);
  EXPECT_EQ(err_.str(), "weir config check: " + bad.path() +
                            ":2:12: unknown key \"server.lissten\"; did you mean \"server.listen\"?\n");
  EXPECT_EQ(run_config_check({"/nonexistent/weir.yaml"}, c), kExitUsage);
}

TEST_F(CommandRun, ConfigPrintShowsOriginsOrDefaults) {
  const ConfigFile file("storage.retention: 90d\n");
  Console c = console();
  EXPECT_EQ(run_config_print({.source = {file.path(), {{"server.listen", "a:1"}}}, .defaults = false}, c),
            kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("# flag --server.listen"));
  EXPECT_THAT(out_.str(), HasSubstr("# " + file.path() + ":1:20"));
  out_.str("");
  EXPECT_EQ(run_config_print({.source = {}, .defaults = true}, c), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("listen: 127.0.0.1:8080"));
  EXPECT_EQ(run_config_print({.source = {"", {{"server.listen", "nonsense"}}}, .defaults = false}, c),
            kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("weir config print: --server.listen: "));
}

}  // namespace
}  // namespace weir::app::cli
