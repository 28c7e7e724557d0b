#include <gmock/gmock.h>

#include "os/threads.h"
#include "pg/migrations.h"
#include "pg/server_pgtest.h"

namespace weir::pg {
namespace {

class PgMigrations : public testing::Test {
 protected:
  void SetUp() override {
    NEED_POSTGRES();
    connection_ = test_connection();
    schema_ = unique_name("weir_migrations");
    ASSERT_TRUE(connection_->run("create schema " + schema_, in_ms(5'000)).ok());
    first_ = "create table " + schema_ + ".a (x int); create table " + schema_ + ".b (x int)";
    second_ = "insert into " + schema_ + ".a values (1)";
    third_ = "create index concurrently if not exists a_x on " + schema_ + ".a (x)";
    all_ = {{1, "tables", first_}, {2, "a row", second_}, {3, "an index", third_, false}};
  }
  void TearDown() override {
    if (connection_ != nullptr) {
      EXPECT_TRUE(connection_->run("drop schema if exists " + schema_ + " cascade", in_ms(10'000)).ok());
      EXPECT_TRUE(connection_
                      ->execute("delete from public.weir_migration where component = $1",
                                Params().text(schema_).span(), in_ms(5'000))
                      .ok());
    }
  }
  Result<MigrationReport> migrate(std::span<const Migration> migrations) {
    return pg::migrate(*connection_, schema_, migrations, in_ms(30'000));
  }

  std::unique_ptr<Connection> connection_;
  std::string schema_, first_, second_, third_;
  std::vector<Migration> all_;
};

TEST_F(PgMigrations, RunsEachOnceInOrder) {
  EXPECT_EQ(schema_version(*connection_, schema_, in_ms(5'000)).value(), 0u);
  EXPECT_EQ(check_schema(*connection_, schema_, all_, in_ms(5'000)).error().code, Code::kFailedPrecondition);
  const auto first = migrate(std::span(all_).first(1)).value();
  EXPECT_EQ(first.to, 1u);
  const auto rest = migrate(all_).value();
  EXPECT_EQ(rest.from, 1u);
  EXPECT_THAT(rest.applied, testing::ElementsAre("2 a row", "3 an index"));
  EXPECT_THAT(migrate(all_).value().applied, testing::IsEmpty());
  EXPECT_EQ(number(*connection_, "select count(*) from " + schema_ + ".a"), 1);
  EXPECT_EQ(schema_version(*connection_, schema_, in_ms(5'000)).value(), 3u);
  EXPECT_TRUE(check_schema(*connection_, schema_, all_, in_ms(5'000)).ok());
  EXPECT_EQ(schema_version(*connection_, schema_ + "_other", in_ms(5'000)).value(), 0u)
      << "components are apart";
}

TEST_F(PgMigrations, RefusesANewerDatabase) {
  ASSERT_TRUE(migrate(all_).ok());
  const auto outcome = migrate(std::span(all_).first(2));
  EXPECT_EQ(outcome.error().code, Code::kUnsupported);
  EXPECT_NE(outcome.error().message.find("at version 3, this binary knows up to 2"), std::string::npos);
  EXPECT_EQ(check_schema(*connection_, schema_, std::span(all_).first(2), in_ms(5'000)).error().code,
            Code::kUnsupported);
}

TEST_F(PgMigrations, RefusesAChangedText) {
  ASSERT_TRUE(migrate(all_).ok());
  const std::string changed = second_ + " ";
  all_[1].sql = changed;
  const auto outcome = migrate(all_);
  EXPECT_EQ(outcome.error().code, Code::kFailedPrecondition);
  EXPECT_NE(outcome.error().message.find("2 a row"), std::string::npos);
  EXPECT_EQ(check_schema(*connection_, schema_, all_, in_ms(5'000)).error().code, Code::kFailedPrecondition);
}

TEST_F(PgMigrations, AFailedStepLeavesNothing) {
  const std::string wrong = second_ + "; select 1/0";
  all_[1].sql = wrong;
  const auto outcome = migrate(all_);
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.error().message.find("migration 2 a row"), std::string::npos) << outcome.error().message;
  EXPECT_FALSE(connection_->in_transaction());
  EXPECT_EQ(schema_version(*connection_, schema_, in_ms(5'000)).value(), 1u);
  EXPECT_EQ(number(*connection_, "select count(*) from " + schema_ + ".a"), 0);
  all_[1].sql = second_;
  EXPECT_EQ(migrate(all_).value().to, 3u) << "the lock was released";
}

TEST_F(PgMigrations, ConcurrentStartsRunEachOnce) {
  std::atomic<size_t> applied{0};
  {
    std::vector<os::Thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back("migrator", [&](std::stop_token) {
        const auto connection = test_connection();
        const auto report = pg::migrate(*connection, schema_, all_, in_ms(30'000));
        EXPECT_TRUE(report.ok()) << report.error().message;
        if (report.ok()) applied += report->applied.size();
      });
    }
  }
  EXPECT_EQ(applied, 3u);
  EXPECT_EQ(number(*connection_, "select count(*) from " + schema_ + ".a"), 1);
}

TEST_F(PgMigrations, WaitsForTheLockUntilTheDeadline) {
  ASSERT_TRUE(migrate(all_).ok());
  const auto holder = test_connection();
  // The holder is stopped inside its first step by a lock on the table that the step needs.
  const auto blocker = test_connection();
  const std::string sql = "lock table " + schema_ + ".a";
  ASSERT_TRUE(blocker->run("begin;" + sql, in_ms(5'000)).ok());
  std::vector<Migration> more = all_;
  more.push_back({4, "blocked", sql});
  os::Thread holding("holder", [&](std::stop_token) {
    const auto report = pg::migrate(*holder, schema_, more, in_ms(30'000));
    EXPECT_TRUE(report.ok()) << report.error().message;
  });
  while (number(*connection_,
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query = '" + sql +
                    "'") == 0) {
  }
  EXPECT_EQ(pg::migrate(*connection_, schema_, more, in_ms(50)).error().code, Code::kDeadlineExceeded);
  ASSERT_TRUE(blocker->run("commit", in_ms(5'000)).ok());
  holding.join();
  connection_ = test_connection();  // the deadline has ended the session
  EXPECT_EQ(migrate(more).value().from, 4u);
}

}  // namespace
}  // namespace weir::pg
