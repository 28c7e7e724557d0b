#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <sys/resource.h>

#include "pg/server_pgtest.h"

// Many rows, out and in.
namespace weir::pg {
namespace {

[[maybe_unused]] int64_t peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
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

}  // namespace
}  // namespace weir::pg
