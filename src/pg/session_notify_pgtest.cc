#include "os/threads.h"
#include "pg/server_pgtest.h"

namespace weir::pg {
namespace {

TEST(PgSession, NotificationsArriveAtOnce) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  const auto sender = test_connection();
  const std::string channel = unique_name("weir_channel");
  ASSERT_TRUE(connection->run("listen " + channel, in_ms(5'000)).ok());
  EXPECT_FALSE(connection->wait_notification(in_ms(1)).value().has_value()) << "the deadline passes first";

  std::atomic<int64_t> sent_at{0};
  const auto now = [] { return os::system_clock().steady().time_since_epoch().count(); };
  os::Thread sending("sender", [&](std::stop_token) {
    sent_at = now();
    EXPECT_TRUE(sender->run("notify " + channel + ", 'hello'", in_ms(5'000)).ok());
  });
  const auto got = connection->wait_notification(in_ms(10'000)).value();
  const int64_t took_ms = (now() - sent_at) / 1'000'000;
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->channel, channel);
  EXPECT_EQ(got->payload, "hello");
  EXPECT_LT(took_ms, 500);
  sending.join();

  ASSERT_TRUE(sender->run("notify " + channel + ", 'early'", in_ms(5'000)).ok());
  EXPECT_EQ(number(*connection, "1"), 1) << "a notification beside an answer is kept";
  EXPECT_EQ(connection->wait_notification(in_ms(10'000)).value()->payload, "early");
}

TEST(PgSession, AWaitingSessionCanBeWoken) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  connection->wake();
  EXPECT_FALSE(connection->wait_notification(Deadline::never()).value().has_value())
      << "woken before it waited";
  os::Thread waking("waker", [&](std::stop_token) { connection->wake(); });
  EXPECT_FALSE(connection->wait_notification(Deadline::never()).value().has_value());
  waking.join();
  EXPECT_EQ(number(*connection, "1"), 1);
}

TEST(PgSession, ALostSessionEndsTheWaitForNotifications) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  const auto killer = test_connection();
  const int64_t pid = number(*connection, "select pg_backend_pid()");
  os::Thread killing("killer", [&](std::stop_token) {
    number(*killer, fmt::format("select pg_terminate_backend({})::int", pid));
  });
  EXPECT_EQ(connection->wait_notification(in_ms(30'000)).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace weir::pg
