#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/threads.h"
#include "pg/server_pgtest.h"

// How a session that fails, or that nobody waits for any more, ends.
namespace weir::pg {
namespace {

int64_t elapsed_ms(os::SteadyTime since) {
  return std::chrono::duration_cast<os::milliseconds>(os::system_clock().steady() - since).count();
}

TEST(PgSession, RefusalsAreToldApart) {
  NEED_POSTGRES();
  const auto refused = [](const std::string& more) {
    const auto outcome =
        Connection::open({.conninfo = test_conninfo() + more}, os::system_clock(), in_ms(5'000));
    EXPECT_FALSE(outcome.ok());
    return outcome.error();
  };
  EXPECT_EQ(refused(" user=nosuch").code, Code::kPermissionDenied);
  EXPECT_EQ(refused(" dbname=nosuch").code, Code::kFailedPrecondition);
  EXPECT_EQ(refused(" port=1 password=hush").code, Code::kUnavailable);
  EXPECT_EQ(refused(" port=1 password=hush").message.find("hush"), std::string::npos);
  EXPECT_EQ(refused(" hush=hush").code, Code::kInvalidArgument);
  EXPECT_EQ(refused(" hush=hush").message.find("hush"), std::string::npos);
}

// A server that takes the connection and says nothing.
TEST(PgSession, ConnectingHasATimeout) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 4), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ConnectionOptions options{
      .conninfo = fmt::format("host=127.0.0.1 port={} sslmode=disable", ntohs(address.sin_port))};
  options.connect_timeout = os::milliseconds(50);
  const auto slow = Connection::open(options, os::system_clock(), Deadline::never());
  ASSERT_FALSE(slow.ok());
  EXPECT_EQ(slow.error().code, Code::kUnavailable);
  const auto late = Connection::open(options, os::system_clock(), in_ms(10));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
  close(listener);
}

TEST(PgSession, ADeadlineEndsTheSessionAndTheServersWork) {
  NEED_POSTGRES();
  auto connection = test_connection();
  const auto watcher = test_connection();
  const int64_t pid = number(*connection, "select pg_backend_pid()");
  const os::SteadyTime start = os::system_clock().steady();
  const auto outcome = connection->execute("select pg_sleep(60)", {}, in_ms(50));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, Code::kDeadlineExceeded);
  EXPECT_LT(elapsed_ms(start), 2'000);
  EXPECT_FALSE(connection->usable());
  EXPECT_EQ(connection->run("select 1", in_ms(1'000)).error().code, Code::kUnavailable);
  connection.reset();
  const std::string alive = fmt::format("select count(*) from pg_stat_activity where pid = {}", pid);
  while (number(*watcher, alive) > 0) ASSERT_LT(elapsed_ms(start), 20'000) << "it works for nobody";
}

TEST(PgSession, DeadlineThatHasPassedIsAnError) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  const auto outcome =
      connection->execute("select pg_sleep(1)", {}, Deadline::at(os::system_clock().steady()));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, Code::kDeadlineExceeded);
  if (connection->usable()) {
    EXPECT_EQ(number(*connection, "1"), 1);
  }
}

// A backend that hangs costs its caller the deadline and no more.
TEST(PgSession, GivesUpASessionThatDoesNotAnswer) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  const auto pid = static_cast<pid_t>(number(*connection, "select pg_backend_pid()"));
  if (kill(pid, SIGSTOP) != 0) GTEST_SKIP() << "the server's processes are not ours to stop";
  const os::SteadyTime start = os::system_clock().steady();
  const auto outcome = connection->execute("select 1", {}, in_ms(50));
  const int64_t took = elapsed_ms(start);
  kill(pid, SIGCONT);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, Code::kDeadlineExceeded);
  EXPECT_LT(took, 2'000);
  EXPECT_FALSE(connection->usable());
  EXPECT_EQ(connection->run("select 1", in_ms(1'000)).error().code, Code::kUnavailable);
}

TEST(PgSession, TerminatedBackendIsUnavailable) {
  NEED_POSTGRES();
  const auto killer = test_connection();
  for (const bool in_statement : {false, true}) {
    const auto connection = test_connection();
    const int64_t pid = number(*connection, "select pg_backend_pid()");
    const auto terminate = [&] {
      number(*killer, fmt::format("select pg_terminate_backend({}, 5000)::int", pid));
    };
    if (!in_statement) {
      terminate();
      EXPECT_FALSE(connection->usable()) << "noticed without a statement";
      continue;
    }
    const os::Thread killing("killer", [&](std::stop_token) {
      while (number(*killer,
                    fmt::format(
                        "select count(*) from pg_stat_activity where pid = {} and wait_event = 'PgSleep'",
                        pid)) == 0) {
      }
      terminate();
    });
    const auto outcome = connection->execute("select pg_sleep(60)", {}, in_ms(30'000));
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, Code::kUnavailable) << outcome.error().message;
    EXPECT_EQ(connection->sqlstate(), "57P01");
    EXPECT_FALSE(connection->usable());
  }
}

TEST(PgSession, ADeadlineEndsACopyThatWaitsForALock) {
  NEED_POSTGRES();
  const std::string table = unique_name("weir_copy");
  const auto holder = test_connection();
  auto connection = test_connection();
  ASSERT_TRUE(holder->run("create table " + table + " (id int8 unique)", Deadline::never()).ok());
  ASSERT_TRUE(holder->run("begin; lock table " + table, Deadline::never()).ok());
  CopyRows writer;
  for (int64_t i = 0; i < 500'000; ++i) {
    writer.begin_row(1);
    writer.int8(i);
  }
  const std::string_view rows = writer.finish();
  const std::string sql = "copy " + table + " (id) from stdin (format binary)";
  const auto outcome = connection->copy_in(sql, rows, in_ms(100));
  EXPECT_EQ(outcome.error().code, Code::kDeadlineExceeded);
  ASSERT_TRUE(holder->run("commit", Deadline::never()).ok());
  connection.reset();  // as a pool does; until then the server waits for the rest of the rows
  EXPECT_TRUE(holder->run("drop table " + table, in_ms(60'000)).ok());
}

}  // namespace
}  // namespace weir::pg
