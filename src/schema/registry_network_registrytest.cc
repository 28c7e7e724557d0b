#include <cstdlib>
#include <map>

#include <gmock/gmock.h>

#include "net/http_client.h"
#include "os/random.h"
#include "schema/registry_client.h"
#include "support/network_faults.h"
#include "support/stall_meter.h"

// A real registry behind a network that fails.
namespace weir::schema {
namespace {

using resilience::BreakerState;
using testing::AnyOf;

constexpr std::string_view kSchema = R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"}]})";

class RegistryNetwork : public testing::Test {
 protected:
  void SetUp() override {
    const char* url = std::getenv("WEIR_TEST_REGISTRY");
    if (url == nullptr) GTEST_SKIP() << "WEIR_TEST_REGISTRY is not set: run by tests/services/run.py";
    url_ = url;
    const size_t host = url_.find("//") + 2, path = url_.find('/', host);
    proxy_.emplace(url_.substr(host, path - host));
    options_.url = fmt::format("http://{}{}", proxy_->address(), url_.substr(path));
    options_.breaker.open_min = os::milliseconds(300);
    options_.breaker.open_max = os::milliseconds(500);
    connect();
  }
  void connect() { client_.emplace(options_, clock_, registry_); }
  Deadline after(int ms) { return Deadline::after(clock_, os::milliseconds(ms)); }
  double ms_since(os::SteadyTime started) {
    return std::chrono::duration<double, std::milli>(clock_.steady() - started).count();
  }
  std::string subject(int number) const { return fmt::format("{}-{}", name_, number); }
  Result<SchemaId> add(int number, int within_ms) {
    return client_->register_schema(subject(number), kSchema, after(within_ms));
  }
  BreakerState breaker() { return client_->breaker().status().state; }

  // Asks until the breaker has closed again; the proxy is to be whole by then.
  void wait_until_closed() {
    const os::SteadyTime started = clock_.steady();
    while (breaker() != BreakerState::kClosed) {
      ASSERT_LT(ms_since(started), 10'000) << "the breaker never closed";
      static_cast<void>(client_->check_compatible(name_, kSchema, after(2'000)));
      clock_.sleep_until(clock_.steady() + os::milliseconds(5), {});
    }
  }

  // The versions of a subject, as the registry itself has them.
  std::string versions(int number) {
    net::ClientRequest request;
    request.url = fmt::format("{}/subjects/{}/versions", url_, subject(number));
    return net::HttpClient().send(request).value().body;
  }

  os::Clock& clock_ = os::system_clock();
  telemetry::Registry registry_;
  std::string url_;
  RegistryOptions options_;
  const test::StallMeter stalls_;
  std::optional<test::TcpProxy> proxy_;
  std::optional<RegistryClient> client_;
  const std::string name_ = fmt::format("network-{:016x}", os::random_seed());
};

class RegistryUnderFault : public RegistryNetwork, public testing::WithParamInterface<test::NetworkFault> {};

TEST_P(RegistryUnderFault, KeepsDeadlinesAndWhatWasRegisteredAndRecovers) {
  constexpr int kDeadlineMs = 150;
  constexpr double kAllowedMs = kDeadlineMs * 1.1 + 20;
  ASSERT_TRUE(add(0, 10'000).ok());
  GetParam().spoil(*proxy_);
  double longest_ms = 0;
  std::map<int, SchemaId> registered;
  int number = 0;
  while (breaker() == BreakerState::kClosed && number < 20) {
    const os::SteadyTime started = clock_.steady();
    const Result<SchemaId> id = add(++number, kDeadlineMs);
    longest_ms = std::max(longest_ms, ms_since(started));
    if (id.ok()) {
      registered.emplace(number, *id);
    } else {
      EXPECT_THAT(id.error().code, AnyOf(Code::kUnavailable, Code::kDeadlineExceeded)) << id.error().message;
    }
  }
  EXPECT_LE(longest_ms, kAllowedMs + stalls_.allowance_ms());
  RecordProperty("longest_ms", std::to_string(longest_ms));
  ASSERT_EQ(breaker(), BreakerState::kOpen);
  const os::SteadyTime asked = clock_.steady();
  EXPECT_EQ(add(number + 1, 5'000).error().code, Code::kUnavailable);
  EXPECT_LT(ms_since(asked), 20) << "an open breaker does not wait";

  proxy_->pass();
  wait_until_closed();
  // What was registered, known or not, is there once and keeps its id.
  for (int i = 1; i <= number; ++i) {
    const Result<SchemaId> id = add(i, 10'000);
    ASSERT_TRUE(id.ok()) << id.error().message;
    if (registered.contains(i)) {
      EXPECT_EQ(*id, registered.at(i));
    }
    EXPECT_EQ(versions(i), "[1]");
  }
}

INSTANTIATE_TEST_SUITE_P(Every, RegistryUnderFault,
                         ::testing::ValuesIn(test::network_faults(os::milliseconds(400),
                                                                  os::milliseconds(3))),
                         test::fault_name);

// Slow answers alone open the breaker too.
TEST_F(RegistryNetwork, SlowAnswersOpenTheBreaker) {
  options_.breaker.slow_after = os::milliseconds(80);
  connect();
  proxy_->delay(os::milliseconds(100));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(add(i, 10'000).ok());
  EXPECT_EQ(breaker(), BreakerState::kOpen);
  proxy_->pass();
  wait_until_closed();
}

// What is known stays known.
TEST_F(RegistryNetwork, KnownSchemasNeedNoRegistry) {
  const SchemaId id = add(0, 10'000).value();
  proxy_->refuse();
  EXPECT_EQ(add(0, 100).value(), id);
  EXPECT_EQ(client_->schema(id, after(100)).value(), kSchema);
}

// A caller with little time does not decide for those who ask the same with more.
TEST_F(RegistryNetwork, AnEqualQuestionIsNotFailedByAnothersDeadline) {
  ASSERT_TRUE(add(0, 10'000).ok());
  proxy_->freeze();
  Result<SchemaId> patient = unavailable("not asked");
  os::Thread hasty("hasty",
                   [&](std::stop_token) { EXPECT_EQ(add(1, 200).error().code, Code::kDeadlineExceeded); });
  os::Thread other("patient", [&](std::stop_token) { patient = add(1, 10'000); });
  hasty.join();
  proxy_->pass();
  other.join();
  EXPECT_TRUE(patient.ok()) << patient.error().message;
}

}  // namespace
}  // namespace weir::schema
