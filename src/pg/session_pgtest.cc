#include <cmath>
#include <limits>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/threads.h"
#include "pg/server_pgtest.h"

namespace weir::pg {
namespace {

int64_t elapsed_ms(os::SteadyTime since) {
  return std::chrono::duration_cast<os::milliseconds>(os::system_clock().steady() - since).count();
}

[[maybe_unused]] int64_t peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

Error fails(Connection& connection, const std::string& sql) {
  const auto outcome = connection.execute(sql, {}, Deadline::never());
  EXPECT_FALSE(outcome.ok()) << sql;
  return outcome.ok() ? Error{} : outcome.error();
}

TEST(PgSession, RoundTripsEveryTypeInBinary) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  Params params;
  params.boolean(true).int4(-7).int8(std::numeric_limits<int64_t>::min()).float8(-0.0);
  params.timestamp(1'700'000'000'123).timestamp(-1).text("grüße").bytea(std::string_view("\0\xff", 2));
  params.null(kText);
  const auto rows =
      connection
          ->execute("select $1, $2, $3, $4, $5, $6, $7, $8, $9, $5 = '2023-11-14T22:13:20.123Z'::timestamptz",
                    params.span(), Deadline::never())
          .value();
  ASSERT_EQ(rows->row_count(), 1u);
  EXPECT_TRUE(as_bool(rows->bytes(0, 0)).value());
  EXPECT_EQ(as_int4(rows->bytes(0, 1)).value(), -7);
  EXPECT_EQ(as_int8(rows->bytes(0, 2)).value(), std::numeric_limits<int64_t>::min());
  EXPECT_TRUE(std::signbit(as_float8(rows->bytes(0, 3)).value()));
  EXPECT_EQ(as_timestamp(rows->bytes(0, 4)).value(), 1'700'000'000'123);
  EXPECT_EQ(as_timestamp(rows->bytes(0, 5)).value(), -1);
  EXPECT_EQ(as_text(rows->bytes(0, 6)).value(), "grüße");
  EXPECT_EQ(as_text(rows->bytes(0, 7)).value(), std::string_view("\0\xff", 2));
  EXPECT_FALSE(rows->bytes(0, 8).has_value());
  EXPECT_TRUE(as_bool(rows->bytes(0, 9)).value());
  EXPECT_FALSE(as_int8(rows->bytes(0, 8)).ok()) << "NULL is no int8";
  EXPECT_FALSE(as_int8(rows->bytes(0, 1)).ok()) << "nor is an int4";
}

TEST(PgSession, RoundTripsArrays) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  const std::vector<int64_t> numbers = {1, -2, std::numeric_limits<int64_t>::max()};
  const std::vector<double> values = {0.1, std::bit_cast<double>(0x7ff00000deadbeefu), -0.0};
  const std::vector<TimestampMs> times = {0, kTimestampMaxMs, kTimestampMinMs, -1'500};
  const std::vector<std::string_view> texts = {"", "a\"b\\", "{}"};
  const std::vector<std::string_view> bytes = {"x", std::string_view("\0", 1)};
  Params params;
  params.int8_array(numbers).float8_array(values).timestamp_array(times).text_array(texts).bytea_array(bytes);
  params.int8_array({});
  const auto rows =
      connection
          ->execute("select $1, $2, $3, $4, $5[1] = 'x' and $5[2] = '\\x00', cardinality($6)::int8",
                    params.span(), Deadline::never())
          .value();
  std::vector<int64_t> read_numbers;
  std::vector<double> read_values;
  std::vector<TimestampMs> read_times;
  ASSERT_TRUE(append_int8_array(rows->bytes(0, 0), read_numbers).ok());
  ASSERT_TRUE(append_float8_array(rows->bytes(0, 1), read_values).ok());
  ASSERT_TRUE(append_timestamp_array(rows->bytes(0, 2), read_times).ok());
  EXPECT_EQ(read_numbers, numbers);
  EXPECT_EQ(read_times, times);
  ASSERT_EQ(read_values.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint64_t>(read_values[i]), std::bit_cast<uint64_t>(values[i]));
  }
  EXPECT_EQ(as_text_array(rows->bytes(0, 3)).value(), (std::vector<std::string>{"", "a\"b\\", "{}"}));
  EXPECT_TRUE(as_bool(rows->bytes(0, 4)).value());
  EXPECT_EQ(as_int8(rows->bytes(0, 5)).value(), 0);
}

TEST(PgSession, TellsErrorsBySqlstate) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  ASSERT_TRUE(connection
                  ->run("create temp table t (a int primary key check (a < 9)); insert into t values (1)",
                        Deadline::never())
                  .ok());
  const auto code = [&](const std::string& sql) { return fails(*connection, sql).code; };
  EXPECT_EQ(code("insert into t values (1)"), Code::kAlreadyExists);
  EXPECT_EQ(connection->sqlstate(), "23505");
  EXPECT_EQ(code("insert into t values (10)"), Code::kFailedPrecondition);
  EXPECT_EQ(code("select * from nosuch"), Code::kFailedPrecondition);
  EXPECT_EQ(code("selekt"), Code::kInternal);
  EXPECT_EQ(code("select 1/0"), Code::kInvalidArgument);
  EXPECT_EQ(code("set statement_timeout = 'x'"), Code::kInvalidArgument);
  EXPECT_EQ(code("select pg_read_file('/nosuch')"), Code::kInternal);
  EXPECT_TRUE(connection->usable());
  EXPECT_EQ(number(*connection, "select count(*) from t"), 1);
  EXPECT_TRUE(connection->sqlstate().empty());
}

TEST(PgSession, ErrorsNameNoValues) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  const auto outcome =
      connection->execute("select ($1 || 'x')::int", Params().text("hush").span(), in_ms(5'000));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, Code::kInvalidArgument);
  EXPECT_NE(outcome.error().message.find("22P02"), std::string::npos) << outcome.error().message;
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
      while (
          number(*killer,
                 fmt::format("select count(*) from pg_stat_activity where pid = {} and query like '%sleep%'",
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

TEST(PgSession, BoundsAnAnswerThatIsNotStreamed) {
  NEED_POSTGRES();
  const auto connection = test_connection({.result_bytes_max = 1u << 20});
  const auto outcome =
      connection->execute("select repeat('x', 1000) from generate_series(1, 1000000)", {}, in_ms(30'000));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, Code::kResourceExhausted);
  EXPECT_FALSE(connection->usable()) << "the rest of the answer is not read";
  const auto other = test_connection({.result_bytes_max = 1u << 20});
  EXPECT_EQ(other->execute("select 1 from generate_series(1, 1000)", {}, in_ms(5'000)).value()->row_count(),
            1'000u);
}

TEST(PgSession, StreamsAMillionRowsInBoundedMemory) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  int64_t next = 1;
  size_t most = 0;
  [[maybe_unused]] const int64_t before = peak_kib();
  ASSERT_TRUE(connection
                  ->stream("select i::int8, repeat('x', 100) from generate_series(1, $1) i",
                           Params().int4(1'000'000).span(), in_ms(120'000),
                           [&](const Rows& rows) -> Status {
                             most = std::max(most, rows.row_count());
                             for (size_t row = 0; row < rows.row_count(); ++row) {
                               if (as_int8(rows.bytes(row, 0)).value() != next++)
                                 return internal("out of order");
                             }
                             return ok_status();
                           })
                  .ok());
  EXPECT_EQ(next, 1'000'001);
  EXPECT_LE(most, 1'000u);
#ifndef __SANITIZE_ADDRESS__  // It keeps what was freed for a while.
  EXPECT_LT(peak_kib() - before, 16 * 1'024) << "the rows are 120 MB";
#endif
}

TEST(PgSession, AStreamCanBeStopped) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  int calls = 0;
  const Status outcome = connection->stream(
      "select generate_series(1, 100000000)", {}, in_ms(30'000),
      [&](const Rows&) -> Status { return ++calls < 3 ? ok_status() : Status(cancelled("enough")); });
  EXPECT_EQ(outcome.error(), cancelled("enough"));
  EXPECT_EQ(calls, 3);
  EXPECT_FALSE(connection->usable());
  EXPECT_EQ(test_connection()
                ->stream("select 1/(3-i) from generate_series(1, 5) i", {}, in_ms(5'000),
                         [](const Rows&) { return ok_status(); })
                .error()
                .code,
            Code::kInvalidArgument);
}

TEST(PgSession, CopiesInBinary) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  ASSERT_TRUE(
      connection
          ->run("create temp table t (id int8 unique, at timestamptz, v float8, s text)", Deadline::never())
          .ok());
  CopyRows writer;
  constexpr int64_t kRows = 50'000;
  for (int64_t i = 0; i < kRows; ++i) {
    writer.begin_row(4);
    writer.int8(i);
    writer.timestamp(1'700'000'000'000 + i);
    writer.float8(std::bit_cast<double>(0x7ff8000000000000u + static_cast<uint64_t>(i)));
    if (i % 2 == 0)
      writer.text("even");
    else
      writer.null();
  }
  const std::string_view rows = writer.finish();
  const std::string sql = "copy t (id, at, v, s) from stdin (format binary)";
  EXPECT_EQ(connection->copy_in(sql, rows, in_ms(60'000)).value(), static_cast<uint64_t>(kRows));
  EXPECT_EQ(number(*connection, "select count(*) from t where s = 'even'"), kRows / 2);
  EXPECT_EQ(number(*connection,
                   "select count(*) from t where at = to_timestamp(1700000000) + id * interval '1 ms'"),
            kRows);
  const auto read = connection->execute("select v from t order by id", {}, in_ms(60'000)).value();
  for (size_t i = 0; i < kRows; ++i) {
    ASSERT_EQ(std::bit_cast<uint64_t>(as_float8(read->bytes(i, 0)).value()), 0x7ff8000000000000u + i);
  }

  EXPECT_EQ(connection->copy_in(sql, rows, in_ms(60'000)).error().code, Code::kAlreadyExists);
  EXPECT_EQ(connection->copy_in(sql, rows.substr(0, 1'000), in_ms(60'000)).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(connection->copy_in("copy nosuch from stdin (format binary)", rows, in_ms(60'000)).error().code,
            Code::kFailedPrecondition);
  EXPECT_FALSE(connection->copy_in("select 1", rows, in_ms(60'000)).ok());
  EXPECT_FALSE(connection->run("copy t from stdin", in_ms(1'000)).ok());
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

TEST(PgSession, KeepsABoundedNumberOfStatements) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 300; ++i) EXPECT_EQ(number(*connection, std::to_string(i)), i);
  }
  const int64_t kept = number(*connection, "select count(*) from pg_prepared_statements");
  EXPECT_GT(kept, 50);
  EXPECT_LE(kept, 128);
}

TEST(PgSession, PreparesAnewWhenATableHasChanged) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  const auto read = [&] { return connection->execute("select * from t", {}, in_ms(5'000)); };
  ASSERT_TRUE(connection->run("create temp table t (a int)", in_ms(5'000)).ok());
  ASSERT_TRUE(read().ok());
  ASSERT_TRUE(connection->run("alter table t add b int", in_ms(5'000)).ok());
  if (const auto first = read(); !first.ok()) {
    EXPECT_EQ(first.error().code, Code::kUnsupported);
  }
  EXPECT_EQ(read().value()->column_count(), 2u);
}

TEST(PgSession, ACommitThatRollsBackIsAnError) {
  NEED_POSTGRES();
  const auto connection = test_connection();
  ASSERT_TRUE(connection->run("begin", in_ms(5'000)).ok());
  EXPECT_TRUE(connection->in_transaction());
  fails(*connection, "select 1/0");
  EXPECT_EQ(connection->run("commit", in_ms(5'000)).error().code, Code::kFailedPrecondition);
  EXPECT_FALSE(connection->in_transaction());
  EXPECT_TRUE(connection->run("begin; commit", in_ms(5'000)).ok());
}

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
