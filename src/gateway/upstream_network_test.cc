#include <map>
#include <optional>

#include <gmock/gmock.h>

#include "gateway/testing/fleet.h"
#include "support/network_faults.h"
#include "support/stall_meter.h"

// A gateway and an upstream with a network between them that fails.
namespace weir::gateway {
namespace {

using net::testing::RawResponse;
using resilience::BreakerState;
using test::TcpProxy;
using testing::Backend;
using testing::Front;
using testing::rare_checks;

constexpr int kDeadlineMs = 50;
constexpr double kAtOnceMs = 100;  // other tests run beside this one

class UpstreamNetwork : public ::testing::Test {
 protected:
  UpstreamNetwork() {
    backend_.answer = [this](const net::HttpRequest& request) {
      if (request.method == "POST") taken_.with([&](auto& taken) { ++taken[request.body]; });
      return request.method == "POST" ? net::HttpResponse{204, {}, {}}
                                      : net::HttpResponse::text(200, request.target);
    };
    options_ = rare_checks();
    options_.write = options_.read = {proxy_.address()};
    options_.failures_out = 1'000;  // so that what takes it out of rotation is the breaker
    options_.breaker.calls_min = 4;
    options_.breaker.open_min = os::milliseconds(300);
    options_.breaker.open_max = os::milliseconds(500);
  }
  void start() {
    front_.emplace(options_);
    ASSERT_TRUE(front_->reaches(UpstreamState::kServing, 2));
  }

  RawResponse send(Surface surface, int number, int within_ms) {
    const std::string deadline = fmt::format("X-Weir-Deadline-Ms: {}\r\n", within_ms);
    return surface == Surface::kWrite ? front_->post("/api/v1/write", fmt::format("w{}", number), deadline)
                                      : front_->get(target(number), deadline);
  }
  static std::string target(int number) { return fmt::format("/api/v1/query?query=r{}", number); }
  static bool is_good(Surface surface, int number, const RawResponse& response) {
    if (surface == Surface::kWrite) return response.status == 204;
    return response.status == 200 && response.body == target(number);
  }
  BreakerState breaker(Surface surface) {
    return front_->upstreams().set(surface)->all().at(0)->breaker().status().state;
  }
  int taken(int number) {
    return taken_.with([&](auto& taken) { return taken[fmt::format("w{}", number)]; });
  }
  static double ms_since(os::SteadyTime started) {
    return std::chrono::duration<double, std::milli>(os::system_clock().steady() - started).count();
  }

  // Asks until the breaker has closed again; the proxy is to be whole by then.
  void wait_until_closed(Surface surface, int& number) {
    const Deadline deadline = Deadline::after(os::system_clock(), std::chrono::seconds(10));
    while (breaker(surface) != BreakerState::kClosed) {
      ASSERT_FALSE(deadline.passed(os::system_clock())) << "the breaker never closed";
      static_cast<void>(send(surface, ++number, 2'000));
      os::system_clock().sleep_until(os::system_clock().steady() + os::milliseconds(5), {});
    }
  }

  const test::StallMeter stalls_;
  Guarded<std::map<std::string, int>> taken_;
  Backend backend_;
  TcpProxy proxy_{backend_.name()};
  UpstreamsOptions options_;
  std::optional<Front> front_;
};

class UpstreamUnderFault : public UpstreamNetwork, public ::testing::WithParamInterface<test::NetworkFault> {
 protected:
  void check(Surface surface) {
    std::vector<int> acknowledged;
    int number = 0;
    const auto ask = [&](int within_ms) {
      const RawResponse response = send(surface, ++number, within_ms);
      const bool good = is_good(surface, number, response);
      if (good) acknowledged.push_back(number);
      if (good) return true;
      EXPECT_EQ(response.status, 503) << response.body;
      EXPECT_EQ(response.field("Retry-After"), "1");
      return false;
    };
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(ask(5'000));
    GetParam().spoil(proxy_);
    double longest_ms = 0;
    while (breaker(surface) == BreakerState::kClosed && number < 30) {
      const os::SteadyTime started = os::system_clock().steady();
      ask(kDeadlineMs);
      longest_ms = std::max(longest_ms, ms_since(started));
    }
    EXPECT_LE(longest_ms, kDeadlineMs + kAtOnceMs + stalls_.allowance_ms());
    RecordProperty(std::string(surface_name(surface)) + "_longest_ms", std::to_string(longest_ms));
    ASSERT_EQ(breaker(surface), BreakerState::kOpen);
    const os::SteadyTime asked = os::system_clock().steady();
    EXPECT_THAT(send(surface, 0, 5'000).body, ::testing::HasSubstr("1 behind an open breaker"));
    EXPECT_LT(ms_since(asked), kAtOnceMs + stalls_.allowance_ms()) << "an open breaker does not wait";

    proxy_.pass();
    wait_until_closed(surface, number);
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask(5'000));
    if (surface == Surface::kRead) return;
    for (const int write : acknowledged) EXPECT_EQ(taken(write), 1) << write;
    for (int i = 1; i <= number; ++i) EXPECT_LE(taken(i), 1) << i << " was sent twice";
  }
};

TEST_P(UpstreamUnderFault, WritesKeepDeadlinesAndAreTakenOnceAndGoOn) {
  start();
  check(Surface::kWrite);
}

TEST_P(UpstreamUnderFault, ReadsKeepDeadlinesAndGoOn) {
  start();
  check(Surface::kRead);
}

INSTANTIATE_TEST_SUITE_P(Every, UpstreamUnderFault,
                         ::testing::ValuesIn(test::network_faults(os::milliseconds(100),
                                                                  os::milliseconds(2))),
                         test::fault_name);

// Slow writes count against an upstream, slow reads do not: it is their sender who decides how much they ask
// for.
TEST_F(UpstreamNetwork, SlowWritesAloneOpenTheBreaker) {
  options_.breaker.slow_after = os::milliseconds(20);
  start();
  proxy_.delay(os::milliseconds(30));
  int number = 0;
  for (int i = 0; i < 8; ++i) EXPECT_EQ(send(Surface::kRead, ++number, 5'000).status, 200);
  EXPECT_EQ(breaker(Surface::kRead), BreakerState::kClosed);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(send(Surface::kWrite, ++number, 5'000).status, 204);
  EXPECT_EQ(breaker(Surface::kWrite), BreakerState::kOpen);
  EXPECT_EQ(send(Surface::kWrite, ++number, 5'000).status, 503);
  proxy_.pass();
  wait_until_closed(Surface::kWrite, number);
}

// Health alone takes an upstream out and brings it back, whatever the network does.
TEST_F(UpstreamNetwork, ChecksTakeItOutAndBringItBack) {
  options_.failures_out = 2;
  options_.check_interval = os::milliseconds(10);
  options_.check_timeout = os::milliseconds(50);
  start();
  void (*const faults[])(TcpProxy&) = {
      [](TcpProxy& proxy) { proxy.freeze(); }, [](TcpProxy& proxy) { proxy.refuse(); },
      [](TcpProxy& proxy) { proxy.delay(os::milliseconds(100)); },
      [](TcpProxy& proxy) { proxy.drip(os::milliseconds(2)); }, [](TcpProxy& proxy) { proxy.cut_after(20); }};
  for (const auto spoil : faults) {
    spoil(proxy_);
    EXPECT_TRUE(front_->reaches(UpstreamState::kDead, 2));
    proxy_.pass();
    EXPECT_TRUE(front_->reaches(UpstreamState::kServing, 2));
  }
}

}  // namespace
}  // namespace weir::gateway
