#include <limits>

#include "pg/server_pgtest.h"

namespace weir::pg {
namespace {

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

}  // namespace
}  // namespace weir::pg
