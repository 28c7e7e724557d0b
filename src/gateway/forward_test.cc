#include "gateway/forward.h"

#include "gateway/testing/fleet.h"

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

TEST(Forward, SendsEachSurfaceToItsUpstreams) {
  Backend query, ingest;
  query.answer = [](const net::HttpRequest& request) {
    auto response = net::HttpResponse::json(200, request.method + " " + request.target + " " + request.body);
    response.headers.add("Connection", "X-Hop");
    response.headers.add("X-Kept", "1");
    return response;
  };
  ingest.answer = [](const net::HttpRequest&) { return net::HttpResponse{204, {}, {}}; };
  Front front(reads(writes(rare_checks(), {ingest.name()}), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 2));
  const RawResponse got = front.get("/api/v1/query?query=up%7Ba%3D%22b+c%22%7D&time=1");
  EXPECT_EQ(got.body, "GET /api/v1/query?query=up%7Ba%3D%22b+c%22%7D&time=1 ");
  EXPECT_EQ(got.field("Content-Type"), "application/json");
  EXPECT_EQ(got.field("X-Kept"), "1");
  EXPECT_EQ(got.field("X-Request-Id").size(), 16u);
  const RawResponse form = front.post("/prometheus/api/v1/query", "query=up",
                                      "Content-Type: application/x-www-form-urlencoded\r\n");
  EXPECT_EQ(form.body, "POST /prometheus/api/v1/query query=up");
  EXPECT_EQ(front.post("/api/v1/write", "samples").status, 204);
  EXPECT_EQ(ingest.last().body, "samples");
  EXPECT_EQ(query.requests, 2);
  EXPECT_EQ(ingest.requests, 1);
}

TEST(Forward, TellsTheUpstreamWhoAsksAndHowLong) {
  Backend query;
  Front front(reads(rare_checks(), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  front.get("/api/v1/labels",
            "X-Scope-OrgID: acme\r\nConnection: close, X-Scope-OrgID, X-Secret\r\nX-Secret: 1\r\nTE: "
            "trailers\r\nX-Forwarded-For: 192.0.2.7\r\nX-Request-Id: r-1\r\nX-Weir-Deadline-Ms: "
            "5000\r\nAuthorization: Bearer t\r\nExpect: 100-continue\r\n");
  const net::Headers headers = query.last().headers;
  EXPECT_EQ(headers.get("Host"), query.name());
  EXPECT_EQ(headers.get("X-Scope-OrgID"), "acme");
  EXPECT_EQ(headers.get("X-Forwarded-For"), "192.0.2.7, 127.0.0.1");
  EXPECT_EQ(headers.get("X-Forwarded-Host"), front.host());
  EXPECT_EQ(headers.get("X-Request-Id"), "r-1");
  EXPECT_EQ(headers.get("Authorization"), "Bearer t");
  const int left_ms = std::stoi(std::string(headers.get("X-Weir-Deadline-Ms")));
  EXPECT_GT(left_ms, 1'000);
  EXPECT_LE(left_ms, 5'000);
  for (const char* name : {"X-Secret", "TE", "Connection", "Expect"}) EXPECT_FALSE(headers.has(name)) << name;
}

TEST(Forward, AnswersHeadWithoutABodyButWithItsLength) {
  Backend query;
  Front front(reads(rare_checks(), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  RawClient client = front.client();
  client.send(fmt::format("HEAD /api/v1/labels HTTP/1.1\r\nHost: {}\r\n\r\n", front.host()));
  const RawResponse response = client.receive(true);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.field("Content-Length"), "6");
}

TEST(Forward, RefusesABadTenantNameItself) {
  Backend query;
  Front front(reads(rare_checks(), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  EXPECT_EQ(front.get("/api/v1/labels", "X-Scope-OrgID: a/b\r\n").status, 400);
  EXPECT_EQ(query.requests, 0);
}

TEST(Forward, CarriesLargeBodies) {
  Backend ingest;
  ingest.answer = [](const net::HttpRequest& request) { return net::HttpResponse::text(200, request.body); };
  Front front(writes(rare_checks(), {ingest.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  const std::string body(15u << 20, 'b');
  EXPECT_TRUE(front.post("/api/v1/write", body).body == body);
  EXPECT_EQ(front.post("/api/v1/write", std::string((16u << 20) + 1, 'b')).status, 413);
  EXPECT_EQ(ingest.requests, 1);
}

TEST(Forward, FinishesWhatItHasWhenTheGatewayStops) {
  Backend query;
  Front front(reads(rare_checks(), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  query.holding = true;
  RawClient client = front.client(), idle = front.client();
  client.send(fmt::format("GET /api/v1/query?query=up HTTP/1.1\r\nHost: {}\r\n\r\n", front.host()));
  ASSERT_TRUE(eventually([&] { return query.held() == 1; }));
  os::Thread stopping("stopping", [&](std::stop_token) { front.stop(milliseconds(20'000)); });
  EXPECT_TRUE(idle.ends());  // the stop has begun
  query.release();
  EXPECT_EQ(client.receive().body, "released");
  client.close();
  stopping.join();
}

TEST(Forward, SaysWhichSurfaceHasNoUpstream) {
  Backend query, ingest;
  query.ready = false;
  ingest.ready = false;
  Front front(reads(writes(quick_checks(), {ingest.name()}), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kDraining, 2));
  const RawResponse read = front.get("/api/v1/query?query=up");
  EXPECT_EQ(read.status, 503);
  EXPECT_EQ(read.field("Retry-After"), "1");
  EXPECT_NE(read.body.find(R"("error":"no read upstream takes requests now, 1 draining")"), std::string::npos)
      << read.body;
  const RawResponse write = front.post("/api/v1/write", "body");
  EXPECT_EQ(write.status, 503);
  EXPECT_EQ(write.field("Retry-After"), "1");
  EXPECT_EQ(write.body, "no write upstream takes requests now, 1 draining\n");
  query.ready = true;
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  EXPECT_EQ(front.get("/api/v1/query?query=up").status, 200);
}

TEST(Forward, LetsADrainingUpstreamFinish) {
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
  holder.ready = false;
  ASSERT_TRUE(front.reaches(UpstreamState::kDraining, 1));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(front.get("/api/v1/query?query=up").body, "answer");
  EXPECT_EQ(holder.requests, 1);
  holder.release();
  EXPECT_EQ(client.receive().body, "released");
}

TEST(Forward, ChoosesTheLeastLoaded) {
  Backend busy, free;
  Front front(reads(rare_checks(), {busy.name(), free.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 2));
  busy.holding = free.holding = true;
  RawClient client = front.client();
  client.send(fmt::format("GET /api/v1/query?query=up HTTP/1.1\r\nHost: {}\r\n\r\n", front.host()));
  ASSERT_TRUE(eventually([&] { return busy.held() + free.held() == 1; }));
  Backend& loaded = busy.held() == 1 ? busy : free;
  Backend& idle = busy.held() == 1 ? free : busy;
  idle.holding = false;
  for (int i = 0; i < 5; ++i) front.get("/api/v1/query?query=up");
  EXPECT_EQ(loaded.requests, 1);
  EXPECT_EQ(idle.requests, 5);
  loaded.release();
  EXPECT_EQ(client.receive().status, 200);
}

TEST(Forward, ReachesAGatewayThatListensOnLoopbackOnly) {
  Backend query;
  Front inner(reads(rare_checks(), {query.name()}));  // guards itself against other names, as by default
  ASSERT_TRUE(inner.reaches(UpstreamState::kServing, 1));
  GatewayOptions open;
  open.loopback_only = false;
  Front outer(reads(quick_checks(), {inner.host()}), open);
  ASSERT_TRUE(outer.reaches(UpstreamState::kServing, 1));
  RawClient client = outer.client();
  EXPECT_EQ(client.exchange("GET /api/v1/labels HTTP/1.1\r\nHost: metrics.example\r\n\r\n").body, "answer");
  EXPECT_EQ(client
                .exchange("POST /api/v1/labels HTTP/1.1\r\nHost: metrics.example\r\nOrigin: "
                          "http://metrics.example\r\nContent-Length: 0\r\n\r\n")
                .body,
            "answer");
  EXPECT_EQ(query.last().headers.get("X-Forwarded-For"), "127.0.0.1, 127.0.0.1");
}

TEST(Forward, CountsByUpstream) {
  Backend query;
  Front front(reads(rare_checks(), {query.name()}));
  ASSERT_TRUE(front.reaches(UpstreamState::kServing, 1));
  front.get("/api/v1/labels");
  const std::string text = front.registry().to_text();
  for (const char* name : {"weir_gateway_upstream_requests_total", "weir_gateway_upstream_healthy",
                           "weir_gateway_upstream_request_duration_seconds_count"}) {
    EXPECT_NE(text.find(fmt::format("{}{{surface=\"read\",upstream=\"{}\"}} 1\n", name, query.name())),
              std::string::npos)
        << name;
  }
}

}  // namespace
}  // namespace weir::gateway
