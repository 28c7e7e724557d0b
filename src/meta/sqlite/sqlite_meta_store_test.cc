#include "meta/sqlite/sqlite_meta_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "contract/meta_contract.h"
#include "meta/sqlite/copy.h"
#include "os/files.h"
#include "os/random.h"
#include "os/threads.h"

namespace weir::meta {
namespace {

// A catalogue file in a directory of its own, removed at the end.
class CatalogueFile {
 public:
  CatalogueFile() { CHECK(os::posix_files().create_directories(directory_).ok(), "a temporary directory"); }
  ~CatalogueFile() { static_cast<void>(os::posix_files().remove_all(directory_)); }

  std::string path() const { return os::join_path(directory_, "meta.db"); }
  void write(std::string_view bytes) const {
    CHECK(os::write_file_atomically(os::posix_files(), path(), bytes).ok(), "a temporary file");
  }
  // Runs SQL behind the store's back.
  void execute(const char* sql) const {
    sqlite3* db = nullptr;
    CHECK(sqlite3_open(path().c_str(), &db) == SQLITE_OK, "opens");
    CHECK(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sqlite3_errmsg(db));
    sqlite3_close(db);
  }

 private:
  const std::string directory_ = fmt::format("{}weir_meta_{:016x}", testing::TempDir(), os::random_seed());
};

struct SqliteEngine {
  std::unique_ptr<MetaStore> open(os::Clock& clock) { return sqlite::open(file.path(), clock).value(); }
  CatalogueFile file;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, MetaContract, SqliteEngine);

class SqliteMetaStore : public testing::Test {
 protected:
  auto open() { return sqlite::open(file_.path(), clock_); }

  os::sim::ManualClock clock_;
  CatalogueFile file_;
};

TEST_F(SqliteMetaStore, OpensInMemory) {
  auto store = sqlite::open(":memory:", clock_).value();
  EXPECT_TRUE(store->create_tenant("acme", Deadline::never()).ok());
}

TEST_F(SqliteMetaStore, RefusesAFileThatIsNoDatabase) {
  file_.write(std::string(4096, 'x'));
  const auto result = open();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::kCorruption);
  EXPECT_THAT(result.error().message, testing::HasSubstr(file_.path()));
}

TEST_F(SqliteMetaStore, RefusesAnotherProgramsDatabase) {
  file_.execute("CREATE TABLE theirs (x)");
  const auto result = open();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::kCorruption);
  EXPECT_THAT(result.error().message, testing::HasSubstr("not a Weir catalogue"));
}

TEST_F(SqliteMetaStore, RefusesANewerSchemaAndNamesBothVersions) {
  ASSERT_TRUE(open().ok());
  file_.execute("UPDATE schema_version SET version = 999");
  const auto result = open();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::kUnsupported);
  EXPECT_THAT(result.error().message, testing::ContainsRegex("version 999, .* up to 1"));
}

TEST_F(SqliteMetaStore, RefusesADirectoryThatDoesNotExist) {
  const auto result = sqlite::open("/nonexistent/weir/meta.db", clock_);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::kIo);
}

TEST_F(SqliteMetaStore, NeverGivesATenantIdOutAgain) {
  auto store = open().value();
  const TenantId first = store->create_tenant("a", Deadline::never()).value().id;
  file_.execute("DELETE FROM tenants");
  EXPECT_GT(store->create_tenant("a", Deadline::never()).value().id, first);
}

TEST_F(SqliteMetaStore, ACopyOfOneThatIsOpenKeepsItsNumbers) {
  auto store = open().value();
  static_cast<void>(store->create_tenant("gone", Deadline::never()).value());
  const Tenant acme = store->create_tenant("acme", Deadline::never()).value();
  const uint64_t version = store->put(acme.id, "rules", "r", "body", std::nullopt, Deadline::never()).value();
  const std::string copy = file_.path() + ".copy";
  ASSERT_TRUE(sqlite::copy_catalogue(file_.path(), copy, Deadline::never(), clock_).ok());
  EXPECT_FALSE(os::posix_files().exists(copy + "-wal").value());
  static_cast<void>(store->create_tenant("later", Deadline::never()).value());
  auto copied = sqlite::open(copy, clock_).value();
  EXPECT_EQ(copied->find_tenant("acme", Deadline::never()).value().id, acme.id);
  EXPECT_EQ(copied->get(acme.id, "rules", "r", Deadline::never()).value().version, version);
  EXPECT_EQ(copied->tenants(Deadline::never()).value().size(), 2u);
  const Tenant next = copied->create_tenant("next", Deadline::never()).value();
  EXPECT_EQ(next.id, store->find_tenant("later", Deadline::never()).value().id) << "counted on from there";
}

TEST_F(SqliteMetaStore, ACopyHasADeadlineAndTakesNothingsPlace) {
  auto store = open().value();
  const std::string copy = file_.path() + ".copy";
  EXPECT_EQ(sqlite::copy_catalogue(file_.path(), copy, Deadline::at(clock_.steady()), clock_).error().code,
            Code::kDeadlineExceeded);
  ASSERT_TRUE(sqlite::copy_catalogue(file_.path(), copy, Deadline::never(), clock_).ok());
  EXPECT_FALSE(sqlite::copy_catalogue(file_.path(), copy, Deadline::never(), clock_).ok());
}

TEST_F(SqliteMetaStore, SyncsEveryCommitOfAWriteAheadLog) {
  ASSERT_TRUE(open().ok());
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file_.path().c_str(), &db), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &statement, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_step(statement), SQLITE_ROW);
  EXPECT_STREQ(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)), "wal");
  sqlite3_finalize(statement);
  sqlite3_close(db);
}

// Another process that holds the write lock is waited for, but no longer than the deadline.
TEST_F(SqliteMetaStore, AHeldLockDelaysWritesUntilTheDeadlineAndReadsNotAtAll) {
  auto store = open().value();
  const TenantId id = store->create_tenant("acme", Deadline::never()).value().id;
  sqlite3* holder = nullptr;
  ASSERT_EQ(sqlite3_open(file_.path().c_str(), &holder), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(holder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);

  const Deadline soon = Deadline::after(clock_, os::milliseconds(20));
  const auto put = store->put(id, "rules", "a", "", std::nullopt, soon);
  ASSERT_FALSE(put.ok());
  EXPECT_EQ(put.error().code, Code::kDeadlineExceeded);
  EXPECT_TRUE(store->find_tenant("acme", soon).ok());

  ASSERT_EQ(sqlite3_exec(holder, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(holder);
  EXPECT_TRUE(store->put(id, "rules", "a", "", std::nullopt, soon).ok());
}

TEST_F(SqliteMetaStore, ManyProcessesMayCreateTheCatalogueAtOnce) {
  std::vector<std::string> errors(8);
  {
    std::vector<os::Thread> threads;
    for (std::string& error : errors) {
      threads.emplace_back("opener", [&](std::stop_token) {
        const auto store = open();
        if (!store.ok()) error = store.error().message;
      });
    }
  }
  EXPECT_THAT(errors, testing::Each(""));
}

}  // namespace
}  // namespace weir::meta
