#include "gateway/forward_request.h"

#include <gtest/gtest.h>

#include "gateway/forward_verdict.h"
#include "gateway/retry_budget.h"
#include "gateway/trace.h"
#include "gateway/upstream_health.h"

namespace weir::gateway {
namespace {

constexpr std::string_view kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

net::Headers forwarded(std::initializer_list<std::pair<const char*, std::string>> fields,
                       std::string_view method = "GET") {
  net::HttpRequest request;
  request.method = method;
  request.target = "/a";
  request.remote = "[2001:db8::1]:5000";
  for (const auto& [name, value] : fields) request.headers.add(name, value);
  os::Random random(1);
  return forwarded_request(request, "acme", "id", random).headers;
}

TEST(ForwardedRequest, KeepsOneTenantWhateverTheClientSends) {
  const auto headers = forwarded({{"X-Scope-OrgID", "evil"}, {"x-scope-orgid", "other"}});
  size_t tenants = 0;
  for (const auto& [name, value] : headers.all())
    tenants += value == "evil" || value == "other" || value == "acme";
  EXPECT_EQ(tenants, 1u);
  EXPECT_EQ(headers.get("X-Scope-OrgID"), "acme");
}

TEST(ForwardedRequest, ListsEveryHop) {
  EXPECT_EQ(forwarded({}).get("X-Forwarded-For"), "[2001:db8::1]");
  EXPECT_EQ(forwarded({{"X-Forwarded-For", "a"}, {"x-forwarded-for", "b, c"}}).get("X-Forwarded-For"),
            "a, b, c, [2001:db8::1]");
  EXPECT_EQ(forwarded({{"X-Forwarded-Proto", "https"}}).get("X-Forwarded-Proto"), "https");
  EXPECT_EQ(forwarded({}).get("X-Forwarded-Proto"), "http");
}

TEST(ForwardedRequest, PassesATraceOnOrBeginsOne) {
  const auto kept = forwarded({{"traceparent", std::string(kParent)}, {"tracestate", "a=1"}});
  EXPECT_EQ(kept.get("traceparent"), kParent);
  EXPECT_EQ(kept.get("tracestate"), "a=1");
  const auto begun = forwarded({{"traceparent", "rubbish"}, {"tracestate", "a=1"}});
  EXPECT_TRUE(is_traceparent(begun.get("traceparent"))) << begun.get("traceparent");
  EXPECT_FALSE(begun.has("tracestate"));
  EXPECT_TRUE(is_traceparent(forwarded({}).get("traceparent")));
}

TEST(ForwardedRequest, LeavesOutWhatTheUpstreamCannotUse) {
  const auto headers = forwarded({{"Origin", "http://a"},
                                  {"Host", "a"},
                                  {"Sec-WebSocket-Extensions", "permessage-deflate"},
                                  {"X-Weir-Deadline-Ms", "5"},
                                  {"X-Weir-Accepted", "0"},
                                  {"Upgrade", "websocket"},
                                  {"Connection", "Upgrade"},
                                  {"Sec-WebSocket-Key", "k"}});
  for (const char* name : {"Origin", "Host", "Sec-WebSocket-Extensions", "X-Weir-Deadline-Ms",
                           "X-Weir-Accepted", "Upgrade", "Connection"}) {
    EXPECT_FALSE(headers.has(name)) << name;
  }
  EXPECT_EQ(headers.get("Sec-WebSocket-Key"), "k");
  EXPECT_EQ(headers.get("X-Forwarded-Host"), "a");
}

TEST(Traceparent, IsReadStrictly) {
  EXPECT_TRUE(is_traceparent(kParent));
  EXPECT_TRUE(is_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
  for (const char* text : {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                           "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
                           "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01"}) {
    EXPECT_FALSE(is_traceparent(text)) << text;
  }
}

TEST(RequestId, TakesTheClientsWhenItIsClean) {
  os::Random random(1);
  const auto id = [&](std::string given) {
    net::Headers headers;
    headers.add("X-Request-Id", std::move(given));
    return request_id(headers, random);
  };
  EXPECT_EQ(id("a-b_c.d:e+f/g=1"), "a-b_c.d:e+f/g=1");
  EXPECT_EQ(id(std::string(128, 'a')).size(), 128u);
  for (const std::string& given :
       {std::string(129, 'a'), std::string("a b"), std::string("\x1b[31m"), std::string()}) {
    EXPECT_EQ(id(given).size(), 16u) << given;
  }
}

net::UpstreamResult answered(int status, const char* field = nullptr, const char* value = "") {
  net::HttpResponse response;
  response.status = status;
  if (field != nullptr) response.headers.add(field, value);
  return {std::move(response), true};
}

TEST(Judge, SendsAWriteAgainOnlyWhenNothingWasTaken) {
  for (const Code code :
       {Code::kUnavailable, Code::kDeadlineExceeded, Code::kResourceExhausted, Code::kInternal}) {
    EXPECT_EQ(judge(Surface::kWrite, {Error{code, ""}, true}), Verdict::kAnswer) << code_name(code);
  }
  EXPECT_EQ(judge(Surface::kWrite, {Error{Code::kUnavailable, ""}, false}), Verdict::kReroute);
  EXPECT_EQ(judge(Surface::kWrite, {Error{Code::kResourceExhausted, ""}, false}), Verdict::kReroute);
  for (const int status : {200, 204, 400, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(judge(Surface::kWrite, answered(status, "Retry-After", "1")), Verdict::kAnswer) << status;
  }
  EXPECT_EQ(judge(Surface::kWrite, answered(503, "X-Weir-Accepted", "0")), Verdict::kRetry);
  EXPECT_EQ(judge(Surface::kWrite, answered(503, "X-Weir-Accepted", "1")), Verdict::kAnswer);
  EXPECT_EQ(judge(Surface::kWrite, answered(500, "X-Weir-Accepted", "0")), Verdict::kAnswer);
  EXPECT_EQ(judge(Surface::kWrite, answered(421)), Verdict::kRetry);
}

TEST(Judge, AsksAReadAgainUnlessTimeOrSizeWasTheReason) {
  EXPECT_EQ(judge(Surface::kRead, {Error{Code::kUnavailable, ""}, true}), Verdict::kRetry);
  EXPECT_EQ(judge(Surface::kRead, {Error{Code::kUnavailable, ""}, false}), Verdict::kReroute);
  EXPECT_EQ(judge(Surface::kRead, {Error{Code::kDeadlineExceeded, ""}, true}), Verdict::kAnswer);
  EXPECT_EQ(judge(Surface::kRead, {Error{Code::kDeadlineExceeded, ""}, false}), Verdict::kAnswer);
  EXPECT_EQ(judge(Surface::kRead, {Error{Code::kResourceExhausted, ""}, true}), Verdict::kAnswer);
  EXPECT_EQ(judge(Surface::kRead, {Error{Code::kCancelled, ""}, false}), Verdict::kAnswer);
  EXPECT_EQ(judge(Surface::kRead, answered(502)), Verdict::kRetry);
  EXPECT_EQ(judge(Surface::kRead, answered(503, "Retry-After", "1")), Verdict::kRetry);
  for (const int status : {101, 200, 400, 422, 500, 503, 504}) {
    EXPECT_EQ(judge(Surface::kRead, answered(status)), Verdict::kAnswer) << status;
  }
}

TEST(RetryBudget, AllowsAShareAndAFloor) {
  RetryBudget budget(0.2, 3);
  std::vector<std::shared_ptr<void>> retries;
  while (auto retry = budget.try_retry()) retries.push_back(std::move(retry));
  EXPECT_EQ(retries.size(), 3u);
  std::vector<std::shared_ptr<void>> active;
  for (int i = 0; i < 25; ++i) active.push_back(budget.begin_request());
  while (auto retry = budget.try_retry()) retries.push_back(std::move(retry));
  EXPECT_EQ(retries.size(), 5u);
  active.clear();
  EXPECT_EQ(budget.try_retry(), nullptr);
  retries.clear();
  EXPECT_NE(budget.try_retry(), nullptr);
  EXPECT_EQ(budget.active(), 0u);
  EXPECT_EQ(budget.retries(), 0u);
}

TEST(ForwardedRequest, KnowsLiveEvents) {
  net::HttpRequest request;
  request.method = "GET";
  request.path = "/prometheus/api/v2/live";
  EXPECT_FALSE(is_live_events(request));
  request.headers.add("Accept", "text/html, text/event-stream;q=0.5");
  EXPECT_TRUE(is_live_events(request));
  request.path = "/api/v1/query";
  EXPECT_FALSE(is_live_events(request)) << "another answer has an end";
}

TEST(UpstreamHealth, LeavesAfterSilenceTwiceAndOnItsOwnWordAtOnce) {
  using Event = UpstreamHealth::Event;
  UpstreamHealth health(2);
  EXPECT_EQ(health.state(), UpstreamState::kUnknown);
  EXPECT_FALSE(health.note(Event::kSilent));
  EXPECT_TRUE(health.note(Event::kReady));
  EXPECT_FALSE(health.note(Event::kSilent));
  EXPECT_EQ(health.state(), UpstreamState::kServing);
  EXPECT_FALSE(health.note(Event::kReady));  // one answer wipes the slate
  EXPECT_FALSE(health.note(Event::kSilent));
  EXPECT_TRUE(health.note(Event::kSilent));
  EXPECT_EQ(health.state(), UpstreamState::kDead);
  EXPECT_TRUE(health.note(Event::kNotReady));
  EXPECT_EQ(health.state(), UpstreamState::kDraining);
  EXPECT_TRUE(health.note(Event::kReady));
  EXPECT_TRUE(health.note(Event::kNotReady));
  EXPECT_EQ(health.state(), UpstreamState::kDraining);
}

}  // namespace
}  // namespace weir::gateway
