#include "gateway/live_session.h"

#include <boost/json.hpp>
#include <deque>

#include <gtest/gtest.h>

#include "base/guarded.h"
#include "cache/memory/memory_cache.h"
#include "gateway/live_events.h"
#include "gateway/testing/fleet.h"
#include "meta/sqlite/sqlite_meta_store.h"
#include "store/memory/memory_store.h"

namespace weir::gateway {
namespace {

using net::testing::RawClient;
using net::testing::RawResponse;
using testing::eventually;

/// A peer that reads only when the test does, of a WebSocket or of an event stream.
class Peer : public net::WebSocket, public net::AnswerStream {
 public:
  bool send(std::shared_ptr<const std::string> bytes) override {
    state_.with([&](State& state) {
      state.queued_bytes += bytes->size();
      state.most_bytes = std::max(state.most_bytes, state.queued_bytes);
      state.frames.push_back(*bytes);
    });
    return true;
  }
  bool send_text(std::shared_ptr<const std::string> body) override { return send(std::move(body)); }
  size_t queued_bytes() const override {
    ++asked_;
    return state_.with([](const State& state) { return state.queued_bytes + state.stalled_bytes; });
  }
  void close(uint16_t, std::string_view) override { ended = true; }
  void end() override { ended = true; }

  size_t waiting() const {
    return state_.with([](const State& state) { return state.frames.size(); });
  }
  /// The next frame as JSON: what is behind `data: ` of an event.
  boost::json::object read() {
    EXPECT_TRUE(eventually([this] { return waiting() > 0; }));
    const std::string text = state_.with([](State& state) {
      std::string frame = std::move(state.frames.front());
      state.frames.pop_front();
      state.queued_bytes -= frame.size();
      return frame;
    });
    const size_t data = text.find("data: {");
    return boost::json::parse(data == std::string::npos ? text : text.substr(data + 6)).as_object();
  }
  boost::json::object read_all() {
    boost::json::object last = read();
    while (waiting() > 0) last = read();
    return last;
  }
  /// The system takes nothing more, as if so many bytes were waiting, or everything again.
  void stall(size_t bytes) {
    state_.with([&](State& state) { state.stalled_bytes = bytes; });
  }
  void await_asked(int times) {
    const int until = asked_ + times;
    EXPECT_TRUE(eventually([&] { return asked_ >= until; }));
  }

  std::atomic<bool> ended = false;

 private:
  struct State {
    std::deque<std::string> frames;
    size_t queued_bytes = 0;
    size_t most_bytes = 0;
    size_t stalled_bytes = 0;
  };
  mutable Guarded<State> state_;
  mutable std::atomic<int> asked_ = 0;
};

/// A process that answers reads, over a store of the test's.
class LiveSessionTest : public ::testing::Test {
 protected:
  LiveSessionTest() { CHECK(tenants_.load(Deadline::never()).ok(), "the catalogue is read"); }
  ~LiveSessionTest() override {
    if (server_) server_->stop(std::chrono::milliseconds(0));
    workers_.stop();
  }
  void add(const std::string& instance, double value) {
    store_.append(tenant_, Labels::of({{"__name__", "up"}, {"instance", instance}}),
                  os::system_clock().wall_ms() - 1'000, value);
  }
  void serve() {
    gateway_ = std::make_unique<Gateway>(services_);
    net::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = std::make_unique<net::HttpServer>(options, *gateway_, registry_);
    CHECK(server_->start().ok(), "the process listens");
  }
  RawClient get(std::string_view target, std::string_view fields) {
    RawClient client(server_->port());
    client.send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", target, fields));
    return client;
  }
  telemetry::Gauge& connections() { return live_connections(registry_); }

  telemetry::Registry registry_;
  store::MemoryStore store_;
  std::unique_ptr<meta::MetaStore> meta_ = meta::sqlite::open(":memory:", os::system_clock()).value();
  tenant::TenantDirectory tenants_{*meta_};
  const TenantId tenant_ = tenants_.find_or_create("default", Deadline::never()).value();
  query::Engine engine_{store_, {}, os::system_clock()};
  query::RunningQueries queries_{os::milliseconds(1'000), os::system_clock()};
  std::unique_ptr<cache::Cache> cache_ = cache::memory::create({}, os::system_clock(), registry_);
  AnswerCache answers_{{}, engine_, store_, *cache_, os::system_clock(), registry_};
  MetadataCache metadata_{{}, *meta_, os::system_clock()};
  stream::LiveHub hub_{{}, {engine_, os::system_clock(), registry_}};
  os::WorkerPool workers_{{}};
  Services services_{
      .registry = registry_,
      .clock = os::system_clock(),
      .workers = workers_,
      .ready = [] { return ok_status(); },
      .process = {.version = "1", .commit = "c", .roles = {"query"}},
      .options = {},
      .read = ReadServices{engine_, queries_, answers_, store_, hub_, tenants_, *meta_, metadata_}};
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<net::HttpServer> server_;
};

constexpr const char* kSubscribe = R"({"type":"subscribe","id":"a","query":"up","interval_ms":250})";

/// Reads to a frame that names `instance`, and expects that it is the next.
void expect_all_that_changed(Peer& peer) {
  const boost::json::object frame = peer.read();
  EXPECT_EQ(frame.at("type").as_string(), "data");
  EXPECT_EQ(frame.at("new").as_array().size(), 2u) << "both new series, in one frame";
  EXPECT_EQ(frame.at("i").as_array().size(), 3u) << "and the one that changed";
}

TEST_F(LiveSessionTest, FoldsWhatASlowWebSocketMisses) {
  add("a", 1);
  auto peer = std::make_shared<Peer>();
  auto callbacks = start_live_session(services_, "default", peer, connections());
  callbacks.on_text(kSubscribe);
  EXPECT_EQ(peer->read().at("seq").as_int64(), 1);
  peer->stall(1 << 20);
  peer->await_asked(1);
  if (peer->waiting() > 0) peer->read_all();
  for (const char* instance : {"a", "b", "c"}) {
    add(instance, 2);
    peer->await_asked(1);
  }
  EXPECT_EQ(peer->waiting(), 0u) << "nothing is queued for a peer that is behind";
  peer->stall(0);
  expect_all_that_changed(*peer);
  callbacks.on_close();
  EXPECT_EQ(hub_.subscription_count(), 0u);
}

TEST_F(LiveSessionTest, FoldsWhatASlowEventStreamMisses) {
  add("a", 1);
  auto peer = std::make_shared<Peer>();
  stream::LiveRequest request{tenant_, "up", os::milliseconds(250), os::milliseconds(0), {}};
  const auto on_close = live_events(services_, request, connections())->start(peer);
  EXPECT_EQ(peer->read().at("seq").as_int64(), 1);
  EXPECT_EQ(connections().value(), 1);
  peer->stall(1 << 20);
  peer->await_asked(1);
  if (peer->waiting() > 0) peer->read_all();
  for (const char* instance : {"a", "b", "c"}) {
    add(instance, 2);
    peer->await_asked(1);
  }
  EXPECT_EQ(peer->waiting(), 0u);
  peer->stall(0);
  expect_all_that_changed(*peer);
  on_close();
  EXPECT_EQ(hub_.subscription_count(), 0u);
  EXPECT_EQ(connections().value(), 0);
}

TEST_F(LiveSessionTest, HoldsLittleForAPeerThatDoesNotRead) {
  const std::string padding(100, 'x');
  for (int i = 0; i < 900; ++i) add(fmt::format("{}{}", padding, i), 1);
  auto peer = std::make_shared<Peer>();
  auto callbacks = start_live_session(services_, "default", peer, connections());
  for (int i = 0; i < 3; ++i)
    callbacks.on_text(fmt::format(R"({{"type":"subscribe","id":"{}","query":"up","interval_ms":250}})", i));
  peer->await_asked(12);
  // A frame of 900 series is longer than what makes a peer late: at most one for each of the hub's threads.
  EXPECT_LE(peer->waiting(), 2u);
  callbacks.on_close();
}

TEST_F(LiveSessionTest, AnErrorThatStaysMakesRoomForAnother) {
  add("a", 1);
  add("b", 1);
  auto peer = std::make_shared<Peer>();
  auto callbacks = start_live_session(services_, "default", peer, connections());
  callbacks.on_text(R"({"type":"subscribe","id":"a","query":"up + on() up"})");
  EXPECT_EQ(peer->read().at("type").as_string(), "error");
  EXPECT_TRUE(eventually([&] { return hub_.subscription_count() == 0; }));
  callbacks.on_close();
}

TEST_F(LiveSessionTest, ResumesAWebSocketByItsToken) {
  add("a", 1);
  auto peer = std::make_shared<Peer>();
  auto callbacks = start_live_session(services_, "default", peer, connections());
  const TimestampMs told = os::system_clock().wall_ms() / 250 * 250 - 2'500;
  callbacks.on_text(
      fmt::format(R"({{"type":"subscribe","id":"a","query":"up","interval_ms":250,"resume":"{}"}})", told));
  const boost::json::object history = peer->read();
  EXPECT_EQ(history.at("type").as_string(), "history");
  EXPECT_EQ(history.at("start_ms").as_int64(), told + 250);
  EXPECT_EQ(peer->read().at("t").as_int64(), history.at("end_ms").as_int64() + 250);
  callbacks.on_close();
}

TEST_F(LiveSessionTest, WaitsUntilReadsFindEverything) {
  add("a", 1);
  std::atomic<bool> readable = false;
  services_.readable = [&]() -> Status { return readable ? Status() : Status(unavailable("starting")); };
  auto peer = std::make_shared<Peer>();
  auto callbacks = start_live_session(services_, "default", peer, connections());
  callbacks.on_text(kSubscribe);
  peer->await_asked(2);
  EXPECT_EQ(peer->waiting(), 0u);
  readable = true;
  EXPECT_EQ(peer->read().at("new").as_array().size(), 1u);
  callbacks.on_close();
}

TEST_F(LiveSessionTest, StreamsEventsOverHttp) {
  add("a", 1);
  serve();
  RawClient client = get("/api/v2/live?query=up&interval_ms=250", "Accept: text/event-stream\r\n");
  const RawResponse head = client.receive();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.field("Cache-Control"), "no-store");
  const std::string event = client.receive_through("\n\n");
  EXPECT_EQ(event.find("event: data\nid: "), 0u) << event;
  const std::string token = event.substr(16, event.find('\n', 16) - 16);
  client.close();
  EXPECT_TRUE(eventually([&] { return hub_.subscription_count() == 0; }));
  RawClient again =
      get("/api/v2/live?query=up&interval_ms=250&history_ms=60000",
          fmt::format("Accept: text/event-stream\r\nLast-Event-ID: {}\r\n", std::stoll(token) - 500));
  again.receive();
  EXPECT_NE(again.receive_through("\n\n").find(fmt::format("\"start_ms\":{}", std::stoll(token) - 250)),
            std::string::npos);
}

TEST_F(LiveSessionTest, AnswersWhatCannotBeStreamedWithAProblem) {
  serve();
  const std::tuple<const char*, const char*, int, const char*> cases[] = {
      {"?query=up", "", 426, "is a WebSocket"},
      {"", "Accept: text/event-stream\r\n", 400, "query: is missing"},
      {"?query=sum(", "Accept: text/event-stream\r\n", 400, "parse error"},
      {"?query=up%5B5m%5D", "Accept: text/event-stream\r\n", 400, "instant vector"},
      {"?query=up&interval_ms=1", "Accept: text/event-stream\r\n", 400, "interval_ms"},
      {"?query=up&resume=99999999999999", "Accept: text/event-stream\r\n", 400, "resume"},
      {"?query=up", "Accept: text/event-stream\r\nX-Scope-OrgID: nobody\r\n", 404,
       "nothing has been written yet"},
  };
  for (const auto& [parameters, fields, status, message] : cases) {
    const RawResponse response = get(std::string("/api/v2/live") + parameters, fields).receive();
    EXPECT_EQ(response.status, status) << parameters;
    EXPECT_EQ(response.field("Content-Type"), "application/problem+json") << parameters;
    EXPECT_NE(response.body.find(message), std::string::npos) << response.body;
  }
}

}  // namespace
}  // namespace weir::gateway
