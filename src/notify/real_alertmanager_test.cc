#include <cstdlib>

#include <gtest/gtest.h>

#include "net/testing/test_server.h"
#include "notify/alertmanager_client.h"
#include "notify/notifier.h"

namespace weir::notify {
namespace {

Alert alert(std::string_view job, TimestampMs now_ms, bool fires) {
  return {
      .labels = Labels::of({{"alertname", "down"}, {"job", job}, {"severity", "page"}, {"ort", "größer"}}),
      .annotations = {{"summary", "it is \"down\" <&>"}, {"job", std::string(job)}},
      .starts_at_ms = now_ms,
      .ends_at_ms = fires ? std::nullopt : std::optional(now_ms + 100),
      .generator_url = "http://weir.test/graph?g0.expr=up+%3D%3D+0"};
}

// tests/e2e/alertmanager_test.py starts an Alertmanager and a receiver, and looks at what arrives at both.
TEST(RealAlertmanager, GetsWhatOurReceiversGet) {
  const char* url = std::getenv("WEIR_ALERTMANAGER_URL");
  const char* path = std::getenv("WEIR_ALERTMANAGER_CONFIG");
  if (url == nullptr || path == nullptr) GTEST_SKIP() << "tests/e2e/alertmanager_test.py runs this";
  const TimestampMs now_ms = os::system_clock().wall_ms();
  const auto guard = net::OutboundGuard::create({.internal = true}).value();
  AlertmanagerClient client({{.url = {.text = url, .file = {}}}}, {guard, os::posix_files(), "", 5'000});
  ReadConfig read = parse_config(os::read_file(os::posix_files(), path, 1 << 20).value());
  ASSERT_TRUE(read.problems.empty()) << read.problems[0].message;
  telemetry::Registry registry;
  NotifierOptions options;
  options.outbound.internal = true;
  auto notifier = Notifier::start(std::make_shared<const Config>(std::move(read.config)), options,
                                  os::posix_files(), registry)
                      .value();
  const auto tell_both = [&](const std::vector<Alert>& alerts, std::string_view counted) {
    const Status taken = client.send(alerts, fires_until_ms(now_ms, 15'000, 60'000));
    ASSERT_TRUE(taken.ok()) << taken.error().message;
    ASSERT_TRUE(notifier->insert(TenantId::from_stored(1), alerts).ok());
    EXPECT_TRUE(
        net::testing::eventually([&] { return registry.to_text().find(counted) != std::string::npos; }));
  };
  // The receiver answers our first message when it has had Alertmanager's.
  tell_both({alert("b", now_ms, true), alert("a", now_ms, true)},
            "weir_notifications_total{integration=\"webhook\"} 1\n");
  tell_both({alert("b", now_ms, true), alert("a", now_ms, false)},
            "weir_notifications_total{integration=\"webhook\"} 2\n");
}

}  // namespace
}  // namespace weir::notify
