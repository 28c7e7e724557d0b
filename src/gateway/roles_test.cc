#include <boost/json.hpp>

#include <gtest/gtest.h>

#include "gateway/testing/fleet.h"
#include "store/memory/memory_store.h"
#include "support/memory_log.h"

namespace weir::gateway {
namespace {

using net::testing::RawResponse;
using testing::Backend;
using testing::eventually;

/// A process with the parts that the test gives it, behind HTTP.
class Process {
 public:
  explicit Process(std::vector<std::string> roles)
      : services{.registry = registry_,
                 .clock = os::system_clock(),
                 .workers = workers_,
                 .ready = [] { return ok_status(); },
                 .process = {.version = "1", .commit = "c", .roles = std::move(roles)},
                 .options = {}},
        workers_({}) {}
  ~Process() {
    if (server_ != nullptr) server_->stop(std::chrono::milliseconds(0));
    workers_.stop();
  }
  void start() {
    gateway_ = std::make_unique<Gateway>(services);
    net::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = std::make_unique<net::HttpServer>(options, *gateway_, registry_);
    CHECK(server_->start().ok(), "the process listens");
  }
  RawResponse request(std::string_view method, std::string_view target) {
    return net::testing::RawClient(server_->port())
        .exchange(
            fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", method, target));
  }
  boost::json::object status() {
    const RawResponse response = request("GET", "/api/v2/status");
    CHECK(response.status == 200, response.body);
    return boost::json::parse(response.body).as_object();
  }
  telemetry::Registry& registry() { return registry_; }

 private:
  telemetry::Registry registry_;

 public:
  Services services;

 private:
  os::WorkerPool workers_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<net::HttpServer> server_;
};

TEST(Roles, RefusesWhatTheProcessDoesNotServe) {
  Process process({"processor"});
  process.start();
  for (const char* target : {"/api/v1/query?query=up", "/api/v1/labels", "/api/v1/label/job/values",
                             "/api/v1/metadata", "/api/v2/live"}) {
    const RawResponse response = process.request("GET", target);
    EXPECT_EQ(response.status, 421) << target;
    EXPECT_EQ(response.field("Content-Type"), "application/problem+json");
    EXPECT_NE(response.body.find("this process has the role processor; ask a process with the role query"),
              std::string::npos)
        << response.body;
  }
  for (const char* target : {"/api/v1/write", "/api/v1/push", "/api/v1/metrics", "/write", "/api/v2/write"}) {
    const RawResponse response = process.request("POST", target);
    EXPECT_EQ(response.status, 421) << target;
    EXPECT_NE(response.body.find("ask a process with the role ingest"), std::string::npos) << response.body;
  }
  EXPECT_EQ(process.request("POST", "/api/v2/admin/compact").status, 421);
  EXPECT_EQ(process.request("POST", "/api/v1/admin/tsdb/snapshot").status, 421);
  EXPECT_EQ(process.request("POST", "/api/v1/admin/tsdb/clean_tombstones").status, 421);
  EXPECT_NE(
      process.request("PUT", "/prometheus/api/v1/admin/tsdb/delete_series").body.find("with the role query"),
      std::string::npos);
  EXPECT_EQ(process.request("GET", "/no/such/path").status, 404);
  EXPECT_EQ(process.request("DELETE", "/api/v1/query").status, 405);
}

TEST(Roles, RefusesAWebSocketThatItDoesNotServe) {
  Process process({"ingest", "gateway"});
  process.start();
  const RawResponse response = process.request("GET", "/api/v2/live");
  EXPECT_EQ(response.status, 421);
  EXPECT_NE(response.body.find("this process has the roles ingest, gateway"), std::string::npos);
}

TEST(Roles, AnswersForItselfWhateverItsRoles) {
  Process process({"gateway"});
  process.start();
  for (const char* target : {"/livez", "/readyz", "/startupz", "/metrics", "/api/v1/status/buildinfo"}) {
    EXPECT_EQ(process.request("GET", target).status, 200) << target;
  }
  EXPECT_EQ(process.request("GET", "/readyz?verbose").body, "[+] process: ok\nready\n");
}

TEST(Status, SaysWhichPartsAreMissing) {
  Process process({"gateway"});
  process.start();
  const boost::json::object status = process.status();
  EXPECT_EQ(status.at("durability").as_string(), "none");
  EXPECT_TRUE(status.at("ready").as_bool());
  for (const char* section : {"log", "store", "processor", "ingest", "live"}) {
    EXPECT_FALSE(status.at(section).at("present").as_bool()) << section;
  }
  EXPECT_FALSE(status.at("log").at("writable").as_bool());
  EXPECT_TRUE(status.at("log").at("partitions").as_array().empty());
  EXPECT_EQ(status.at("store").at("active_series").as_int64(), 0);
  EXPECT_TRUE(status.at("breakers").as_array().empty());
  EXPECT_TRUE(status.at("upstreams").as_array().empty());
}

TEST(Status, DescribesTheProcessorsLagAndEngines) {
  log::MemoryLog log(2);
  store::MemoryStore store;
  const auto codec = wire::batch_record_codec();
  Process process({"processor"});
  log::MemoryLog dead_letter_log(1);
  stream::DeadLetters dead_letters(dead_letter_log, process.registry());
  stream::Processor processor({log, *codec, store, dead_letters}, {}, os::system_clock(), process.registry());
  ASSERT_TRUE(processor.start().ok());
  process.services.processor.emplace(processor);
  process.services.log = &log;
  process.services.store = &store;
  process.services.process.engines = {{"log", "kafka"}, {"store", "timescale"}};
  process.start();
  ASSERT_TRUE(eventually([&] { return process.request("GET", "/readyz").status == 200; }));
  const boost::json::object status = process.status();
  EXPECT_EQ(status.at("engines").at("log").as_string(), "kafka");
  EXPECT_EQ(status.at("engines").at("store").as_string(), "timescale");
  EXPECT_EQ(status.at("durability").as_string(), "page_cache");
  EXPECT_TRUE(status.at("processor").at("present").as_bool());
  EXPECT_TRUE(status.at("processor").at("caught_up").as_bool());
  const auto& partitions = status.at("log").at("partitions").as_array();
  ASSERT_EQ(partitions.size(), 2u);
  for (const char* key : {"partition", "begin", "end", "applied", "lag", "refused"}) {
    EXPECT_TRUE(partitions[0].as_object().contains(key)) << key;
  }
  EXPECT_EQ(process.request("POST", "/api/v2/admin/compact").status, 200);
  EXPECT_EQ(process.request("GET", "/readyz?verbose").body,
            "[+] process: ok\n[+] processor: ok\n[+] log: ok\nready\n");
  processor.stop();
}

TEST(CleanTombstonesRoute, AnswersWithNothing) {
  store::MemoryStore store;
  Process process({"processor"});
  process.services.store = &store;
  process.start();
  for (const char* method : {"POST", "PUT"}) {
    EXPECT_EQ(process.request(method, "/api/v1/admin/tsdb/clean_tombstones").status, 204);
  }
  EXPECT_EQ(process.request("GET", "/api/v1/admin/tsdb/clean_tombstones").status, 405);
}

TEST(SnapshotRoute, AnswersWithTheNameAndSaysWhyThereIsNone) {
  Process process({"processor"});
  std::vector<bool> skips;
  Result<Snapshot> answer = Snapshot{"20260101T120000Z-00ff", "data/snapshots/20260101T120000Z-00ff"};
  process.services.take_snapshot = [&](bool skip_head, Deadline) {
    skips.push_back(skip_head);
    return answer;
  };
  process.start();
  const char* path = "/api/v1/admin/tsdb/snapshot";
  const RawResponse taken = process.request("POST", path);
  EXPECT_EQ(taken.status, 200);
  EXPECT_EQ(boost::json::parse(taken.body).at("data").at("name").as_string(), "20260101T120000Z-00ff");
  EXPECT_EQ(process.request("POST", std::string(path) + "?skip_head=true").status, 200);
  EXPECT_EQ(process.request("POST", std::string(path) + "?skip_head=false").status, 200);
  EXPECT_EQ(skips, (std::vector<bool>{false, true, false}));
  EXPECT_EQ(process.request("POST", std::string(path) + "?skip_head=maybe").status, 400);
  EXPECT_EQ(process.request("GET", path).status, 405);
  answer = unsupported("snapshot: use pg_dump");
  const RawResponse refused = process.request("POST", path);
  EXPECT_EQ(refused.status, 501);
  EXPECT_NE(refused.body.find("use pg_dump"), std::string::npos) << refused.body;
  EXPECT_EQ(skips.size(), 4u);
}

TEST(Status, ListsBreakers) {
  resilience::BreakerOptions options;
  options.calls_min = 1;
  resilience::CircuitBreaker breaker("redis", options, os::system_clock(), 1);
  breaker.try_acquire()->failure();
  resilience::Breakers breakers_of_process;
  const auto watch = breakers_of_process.watch(breaker);
  Process process({"query"});
  process.services.breakers = &breakers_of_process;
  process.start();
  const boost::json::object status = process.status();
  const auto& breakers = status.at("breakers").as_array();
  ASSERT_EQ(breakers.size(), 1u);
  EXPECT_EQ(breakers[0].at("name").as_string(), "redis");
  EXPECT_EQ(breakers[0].at("state").as_string(), "open");
  EXPECT_EQ(breakers[0].at("failures").as_int64(), 1);
  EXPECT_EQ(breakers[0].at("opened_total").as_int64(), 1);
  EXPECT_GT(breakers[0].at("retry_in_ms").as_int64(), 0);
  const RawResponse verbose = process.request("GET", "/readyz?verbose");
  EXPECT_EQ(verbose.status, 200);  // a breaker that is open does not make the process unready
  EXPECT_NE(verbose.body.find("[!] breaker redis: open, tried again in "), std::string::npos) << verbose.body;
}

TEST(Status, ListsUpstreams) {
  Backend query;
  UpstreamsOptions options = testing::quick_checks();
  options.read = {query.name()};
  testing::Front front(options);
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  query.ready = false;
  ASSERT_TRUE(front.reaches(UpstreamState::kDraining, 1));
  const auto status = boost::json::parse(front.get("/api/v2/status").body).as_object();
  const auto& upstream = status.at("upstreams").as_array().at(0).as_object();
  EXPECT_EQ(upstream.at("surface").as_string(), "read");
  EXPECT_EQ(upstream.at("name").as_string(), query.name());
  EXPECT_EQ(upstream.at("state").as_string(), "draining");
  EXPECT_EQ(upstream.at("reason").as_string(), "/readyz answers 503: stopping");
  EXPECT_EQ(status.at("breakers").as_array().at(0).at("name").as_string(), "upstream read " + query.name());
  const RawResponse verbose = front.get("/readyz?verbose");
  EXPECT_EQ(verbose.status, 200);
  EXPECT_EQ(verbose.body,
            fmt::format("[+] process: ok\n[+] upstreams: ok\n[!] upstream read {}: draining: /readyz "
                        "answers 503: stopping\nready\n",
                        query.name()));
}

TEST(Ready, WaitsUntilEachUpstreamHasBeenAsked) {
  Backend query;
  query.frozen = true;
  UpstreamsOptions options = testing::rare_checks();
  options.check_timeout = std::chrono::milliseconds(300);
  options.read = {query.name()};
  testing::Front front(options);
  EXPECT_EQ(front.get("/readyz").status, 503);
  EXPECT_TRUE(
      eventually([&] { return front.get("/readyz").status == 200; }));  // asked, though it never answered
}

}  // namespace
}  // namespace weir::gateway
