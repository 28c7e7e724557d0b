#include "gateway/forward.h"
#include "gateway/testing/fleet.h"

// What becomes of a request whose upstream fails.
namespace weir::gateway {
namespace {

using net::testing::RawClient;
using net::testing::RawResponse;
using std::chrono::milliseconds;
using testing::Backend;
using testing::eventually;
using testing::Front;
using testing::quick_checks;
using testing::rare_checks;
using testing::reads;
using testing::writes;

TEST(Forward, LosesNoReadWhenAnUpstreamIsKilled) {
  auto doomed = std::make_unique<Backend>();
  Backend other;
  Front front(reads(quick_checks(), {doomed->name(), other.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 2));
  std::atomic<int> good = 0, bad = 0;
  std::atomic<bool> stop = false;
  std::vector<os::Thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back("reader", [&](std::stop_token) {
      RawClient client = front.client();
      while (!stop) {
        client.send(fmt::format("GET /api/v1/query?query=up HTTP/1.1\r\nHost: {}\r\n\r\n", front.host()));
        ++(client.receive().status == 200 ? good : bad);
      }
    });
  }
  EXPECT_TRUE(eventually([&] { return doomed->requests > 50 && other.requests > 50; }));
  doomed->kill();
  EXPECT_TRUE(front.reaches(UpstreamState::kDead, 1));
  const int before = good;
  EXPECT_TRUE(eventually([&] { return good > before + 100; }));
  stop = true;
  threads.clear();
  EXPECT_EQ(bad, 0);
}

TEST(Forward, AsksAnotherWhenAnUpstreamDiesWithAReadInHand) {
  Backend first, second;
  Front front(reads(rare_checks(), {first.name(), second.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 2));
  first.holding = second.holding = true;
  RawClient client = front.client();
  client.send(fmt::format("GET /api/v1/query?query=up HTTP/1.1\r\nHost: {}\r\n\r\n", front.host()));
  ASSERT_TRUE(eventually([&] { return first.held() + second.held() == 1; }));
  Backend& holder = first.held() == 1 ? first : second;
  Backend& other = first.held() == 1 ? second : first;
  other.holding = false;
  holder.kill();
  EXPECT_EQ(client.receive().body, "answer");
  EXPECT_EQ(other.requests, 1);
}

TEST(Forward, AsksAnotherWhenAnUpstreamFreezesWithAReadInHand) {
  Backend first, second;
  Front front(reads(quick_checks(), {first.name(), second.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 2));
  first.holding = second.holding = true;
  RawClient client = front.client();
  client.send(fmt::format("GET /api/v1/query?query=up HTTP/1.1\r\nHost: {}\r\n\r\n", front.host()));
  ASSERT_TRUE(eventually([&] { return first.held() + second.held() == 1; }));
  Backend& holder = first.held() == 1 ? first : second;
  Backend& other = first.held() == 1 ? second : first;
  other.holding = false;
  holder.frozen = true;
  EXPECT_EQ(client.receive().body, "answer");
  EXPECT_TRUE(front.reaches(UpstreamState::kDead, 1));
  holder.frozen = false;
  holder.release();
  EXPECT_TRUE(front.reaches(UpstreamState::kServing, 2));
}

TEST(Forward, EndsAtTheDeadlineAndOpensTheBreakerOfAFrozenUpstream) {
  Backend query;
  UpstreamsOptions options = reads(rare_checks(), {query.name()});
  options.breaker.calls_min = 3;
  options.breaker.open_min = std::chrono::minutes(1);
  options.breaker.open_max = std::chrono::minutes(1);
  Front front(options);
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  query.frozen = true;
  for (int i = 0; i < 3; ++i) {
    const RawResponse late = front.get("/api/v1/query?query=up", "X-Weir-Deadline-Ms: 20\r\n");
    EXPECT_EQ(late.status, 503);
    EXPECT_NE(late.body.find(R"("errorType":"timeout")"), std::string::npos) << late.body;
  }
  const RawResponse refused = front.get("/api/v1/query?query=up");  // at once, whatever its own deadline
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("no read upstream takes requests now, 1 behind an open breaker"),
            std::string::npos)
      << refused.body;
  EXPECT_EQ(refused.field("Retry-After"), "1");
  EXPECT_EQ(front.upstreams().status()[0].breaker.state, resilience::BreakerState::kOpen);
  EXPECT_EQ(query.held(), 3u);
}

TEST(Forward, NeverSendsAWriteTwiceWhoseOutcomeIsUnknown) {
  for (const char* path : {"/api/v1/write", "/api/v1/metrics"}) {
    Backend first, second;
    Front front(writes(rare_checks(), {first.name(), second.name()}));
    ASSERT_TRUE(front.reaches(UpstreamState::kServing, 2));
    first.holding = second.holding = true;
    RawClient client = front.client();
    client.send(
        fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nContent-Length: 4\r\n\r\nbody", path, front.host()));
    ASSERT_TRUE(eventually([&] { return first.held() + second.held() == 1; }));
    (first.held() == 1 ? first : second).kill();
    const RawResponse response = client.receive();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.field("Retry-After"), "1");
    EXPECT_NE(response.body.find("what it took is unknown"), std::string::npos) << response.body;
    EXPECT_EQ(first.requests + second.requests, 1);
  }
}

TEST(Forward, DoesNotGiveUpAWriteWhoseUpstreamFreezes) {
  Backend first, second;
  Front front(writes(quick_checks(), {first.name(), second.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 2));
  first.holding = second.holding = true;
  RawClient client = front.client();
  client.send(
      fmt::format("POST /api/v1/write HTTP/1.1\r\nHost: {}\r\nContent-Length: 4\r\n\r\nbody", front.host()));
  ASSERT_TRUE(eventually([&] { return first.held() + second.held() == 1; }));
  Backend& holder = first.held() == 1 ? first : second;
  holder.frozen = true;
  ASSERT_TRUE(front.reaches(UpstreamState::kDead, 1));
  holder.release();  // it comes back before the deadline
  EXPECT_EQ(client.receive().body, "released");
  EXPECT_EQ(first.requests + second.requests, 1);
}

TEST(Forward, SendsAWriteElsewhereWhenNotAByteWasSent) {
  Backend dead, other;
  other.answer = [](const net::HttpRequest&) { return net::HttpResponse{204, {}, {}}; };
  Front front(writes(rare_checks(), {dead.name(), other.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 2));
  dead.kill();
  for (int i = 0; i < 6; ++i) EXPECT_EQ(front.post("/api/v1/write", "body").status, 204);
  EXPECT_EQ(other.requests, 6);
  // Two connections that could not be made say as much as two checks.
  EXPECT_TRUE(front.reaches(UpstreamState::kDead, 1));
}

TEST(Forward, SendsAWriteElsewhereOnlyWhenTheAnswerSaysThatNothingWasTaken) {
  Backend first, second;
  const auto count = [&] { return first.requests + second.requests; };
  for (const bool nothing_was_taken : {true, false}) {
    std::atomic<int> answers = 0;
    first.answer = second.answer = [&](const net::HttpRequest&) {
      if (++answers > 1) return net::HttpResponse{204, {}, {}};
      const auto busy = net::HttpResponse::text(503, "queue full\n");
      return nothing_was_taken ? nothing_taken(busy) : busy;
    };
    Front front(writes(rare_checks(), {first.name(), second.name()}));
    ASSERT_TRUE(front.reaches(UpstreamState::kServing, 2));
    const int before = count();
    const RawResponse response = front.post("/api/v1/write", "body");
    EXPECT_EQ(response.status, nothing_was_taken ? 204 : 503);
    EXPECT_EQ(count() - before, nothing_was_taken ? 2 : 1);
    EXPECT_EQ(response.field("X-Weir-Accepted"), "");
  }
}

TEST(Forward, PassesTheLastAnswerOnWhenAllSayNotNow) {
  Backend first, second;
  first.answer = second.answer = [](const net::HttpRequest&) {
    auto response = net::HttpResponse::text(503, "not now");
    response.headers.set("Retry-After", "7");
    return response;
  };
  Front front(reads(rare_checks(), {first.name(), second.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 2));
  const RawResponse response = front.get("/api/v1/query?query=up");
  EXPECT_EQ(response.body, "not now");
  EXPECT_EQ(response.field("Retry-After"), "7");
  EXPECT_EQ(first.requests + second.requests, 2);
}

TEST(Forward, RetriesNoMoreThanTheBudget) {
  Backend first, second, third;
  const auto backends = {&first, &second, &third};
  for (Backend* backend : backends) {
    backend->answer = [](const net::HttpRequest&) {
      auto response = net::HttpResponse::text(503, "not now");
      response.headers.set("Retry-After", "1");
      return response;
    };
  }
  UpstreamsOptions options = reads(rare_checks(), {first.name(), second.name(), third.name()});
  options.retries_min = 0;
  options.retry_ratio = 0;
  options.retry_wait_max = milliseconds(20);
  Front front(options);
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 3));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(front.get("/api/v1/query?query=up").body, "not now");
  EXPECT_EQ(first.requests + second.requests + third.requests, 3);
}

}  // namespace
}  // namespace weir::gateway
