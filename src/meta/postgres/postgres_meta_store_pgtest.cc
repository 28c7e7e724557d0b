#include <csignal>
#include <cstdlib>

#include <fmt/format.h>

#include "contract/meta_contract.h"
#include "meta/postgres/postgres_meta_store.h"
#include "os/random.h"
#include "pg/binary.h"
#include "support/tcp_proxy.h"

namespace weir::meta {
namespace {

using postgres::PostgresMetaOptions;

const char* server_conninfo() {
  return std::getenv("WEIR_TEST_POSTGRES");
}

// A catalogue's schema for one test, dropped at the end.
class FreshSchema {
 public:
  FreshSchema() { options_.schema = fmt::format("weir_test_{:016x}", os::random_seed()); }
  ~FreshSchema() {
    if (server_conninfo() == nullptr) return;
    run(fmt::format(
        "DROP SCHEMA IF EXISTS {0} CASCADE; DELETE FROM public.weir_migration WHERE component = '{0}'",
        options_.schema));
  }
  PostgresMetaOptions options() {
    options_.conninfo = server_conninfo();
    return options_;
  }
  const std::string& name() const { return options_.schema; }

  // SQL behind the store's back, with this schema's tables in sight.
  void run(const std::string& sql) { CHECK(connect()->run(sql, Deadline::never()).ok(), sql); }
  int64_t number(const std::string& sql) {
    const auto rows = connect()->execute("SELECT (" + sql + ")::int8", {}, Deadline::never()).value();
    return pg::as_int8(rows->bytes(0, 0)).value();
  }

 private:
  std::unique_ptr<pg::Connection> connect() {
    pg::ConnectionOptions options;
    options.conninfo = server_conninfo();
    auto connection = pg::Connection::open(options, os::system_clock(), Deadline::never()).value();
    CHECK(connection->run("SET search_path TO " + options_.schema, Deadline::never()).ok(), "search path");
    return connection;
  }
  PostgresMetaOptions options_;
};

struct PostgresEngine {
  static constexpr os::milliseconds kRevisionLag{2'000};
  std::unique_ptr<MetaStore> open(os::Clock& clock) {
    if (server_conninfo() == nullptr) return nullptr;
    CHECK(postgres::migrate(schema.options(), clock, Deadline::never()).ok(), "migrates");
    return postgres::open(schema.options(), clock, registry, Deadline::never()).value();
  }
  telemetry::Registry registry;
  FreshSchema schema;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, MetaContract, PostgresEngine);

class PostgresMetaStore : public testing::Test {
 protected:
  void SetUp() override {
    if (server_conninfo() == nullptr) {
      GTEST_SKIP() << "WEIR_TEST_POSTGRES is not set: run by tests/services/run.py";
    }
    ASSERT_TRUE(postgres::migrate(schema_.options(), clock_, never_).ok());
  }
  std::unique_ptr<MetaStore> open() { return open_by(schema_.options()); }
  std::unique_ptr<MetaStore> open_by(const PostgresMetaOptions& options) {
    return postgres::open(options, clock_, registry_, never_).value();
  }
  // The conninfo with another host and port: "host=127.0.0.1 port=1234 ...".
  PostgresMetaOptions through(const test::TcpProxy& proxy) {
    PostgresMetaOptions options = schema_.options();
    options.conninfo += fmt::format(" host={} port={}", proxy.host(), proxy.port());
    return options;
  }
  static std::string server_address() {
    const std::string conninfo = server_conninfo();
    const auto value = [&](const std::string& name) {
      const size_t at = conninfo.find(name + "=") + name.size() + 1;
      return conninfo.substr(at, conninfo.find(' ', at) - at);
    };
    return value("host") + ":" + value("port");
  }
  Deadline in_ms(int ms) { return Deadline::after(clock_, os::milliseconds(ms)); }
  double seconds_since(os::SteadyTime then) {
    return std::chrono::duration<double>(clock_.steady() - then).count();
  }
  uint64_t put(MetaStore& store, std::string_view key = "key") {
    return store.put(tenant_, "rules", key, "body", std::nullopt, never_).value();
  }
  // How long until the store says the revision; 10 s is too long.
  double seconds_until_revision(MetaStore& store, uint64_t revision) {
    const os::SteadyTime started = clock_.steady();
    while (store.revision("rules", never_).value() < revision && seconds_since(started) < 10) {
      clock_.sleep_until(clock_.steady() + os::milliseconds(1), {});
    }
    return seconds_since(started);
  }
  os::Clock& clock_ = os::system_clock();
  const Deadline never_ = Deadline::never();
  const TenantId tenant_ = TenantId::from_stored(1);
  telemetry::Registry registry_;
  FreshSchema schema_;
};

TEST_F(PostgresMetaStore, MustBeMigratedFirst) {
  FreshSchema empty;
  const auto store = postgres::open(empty.options(), clock_, registry_, never_);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, Code::kFailedPrecondition) << store.error().message;
  EXPECT_THAT(postgres::migrate(empty.options(), clock_, never_).value(),
              testing::ElementsAre("1 tenants, documents, leases"));
  EXPECT_TRUE(postgres::open(empty.options(), clock_, registry_, never_).ok());
  EXPECT_THAT(postgres::migrate(empty.options(), clock_, never_).value(), testing::IsEmpty());
}

TEST_F(PostgresMetaStore, ManyProcessesMayMigrateAtOnce) {
  FreshSchema empty;
  std::vector<std::string> errors(8);
  {
    std::vector<os::Thread> threads;
    for (std::string& error : errors) {
      threads.emplace_back("migrator", [&](std::stop_token) {
        const auto done = postgres::migrate(empty.options(), clock_, never_);
        if (!done.ok()) error = done.error().message;
      });
    }
  }
  EXPECT_THAT(errors, testing::Each(""));
}

TEST_F(PostgresMetaStore, RefusesANewerSchema) {
  schema_.run(
      fmt::format("INSERT INTO public.weir_migration (component, number, name, sha256) VALUES "
                  "('{}', 999, 'x', 'x')",
                  schema_.name()));
  EXPECT_EQ(postgres::migrate(schema_.options(), clock_, never_).error().code, Code::kUnsupported);
  EXPECT_FALSE(postgres::open(schema_.options(), clock_, registry_, never_).ok());
}

TEST_F(PostgresMetaStore, RefusesOptionsThatCannotWork) {
  PostgresMetaOptions options = schema_.options();
  for (const std::string& schema : {std::string(), std::string("a\"b"), std::string("A"), std::string("1a"),
                                    std::string("a b"), std::string("a;b"), std::string(41, 'a')}) {
    options.schema = schema;
    EXPECT_EQ(postgres::migrate(options, clock_, never_).error().code, Code::kInvalidArgument) << schema;
    EXPECT_EQ(postgres::open(options, clock_, registry_, never_).error().code, Code::kInvalidArgument);
  }
  options = schema_.options();
  options.connections_max = 0;
  EXPECT_EQ(postgres::open(options, clock_, registry_, never_).error().code, Code::kInvalidArgument);
}

TEST_F(PostgresMetaStore, AnErrorNeverRepeatsThePassword) {
  PostgresMetaOptions options = schema_.options();
  options.conninfo += " dbname=nosuchdatabase password=hunter2";
  const auto store = postgres::open(options, clock_, registry_, in_ms(5'000));
  ASSERT_FALSE(store.ok());
  EXPECT_THAT(store.error().message, testing::Not(testing::HasSubstr("hunter2")));
}

TEST_F(PostgresMetaStore, SchemasKnowNothingOfEachOther) {
  FreshSchema other;
  ASSERT_TRUE(postgres::migrate(other.options(), clock_, never_).ok());
  const auto ours = open();
  const auto theirs = open_by(other.options());
  put(*ours);
  EXPECT_EQ(theirs->get(tenant_, "rules", "key", never_).error().code, Code::kNotFound);
  EXPECT_EQ(theirs->revision("rules", never_).value(), 0U);
}

TEST_F(PostgresMetaStore, NeverGivesATenantIdOutAgain) {
  const auto store = open();
  const TenantId first = store->create_tenant("a", never_).value().id;
  schema_.run("DELETE FROM tenant");
  EXPECT_GT(store->create_tenant("a", never_).value().id, first);
  EXPECT_EQ(store->create_tenant("b", never_).value().id.value(), first.value() + 2)
      << "finding a tenant spends no id";
}

TEST_F(PostgresMetaStore, CommitsAreDurableThoughTheRoleHasThemOff) {
  PostgresMetaOptions options = schema_.options();
  options.conninfo += " options='-c synchronous_commit=off'";
  const auto store = open_by(options);
  schema_.run(
      "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name = NEW.name || "
      "current_setting('synchronous_commit'); RETURN NEW; END $$; CREATE TRIGGER note BEFORE INSERT ON "
      "tenant "
      "FOR EACH ROW EXECUTE FUNCTION note()");
  static_cast<void>(store->create_tenant("is.", never_));
  EXPECT_TRUE(store->find_tenant("is.on", never_).ok());
}

TEST_F(PostgresMetaStore, AChangeIsSeenByOthersWithinTwoSeconds) {
  const auto one = open();
  const auto two = open();
  double longest = 0;
  for (int i = 0; i < 50; ++i) longest = std::max(longest, seconds_until_revision(*two, put(*one)));
  EXPECT_LT(longest, 2);
  RecordProperty("longest_ms", std::to_string(1e3 * longest));
}

// The announcements come over one connection, which may die at any time.
TEST_F(PostgresMetaStore, AChangeIsSeenThoughTheListeningConnectionWasTerminated) {
  const auto one = open();
  const auto two = open();
  for (int i = 0; i < 5; ++i) {
    schema_.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weir catalogue' "
        "AND pid <> pg_backend_pid()");
    uint64_t version = 0;
    while (version == 0) {  // the pool's connections were terminated too
      const auto written = one->put(tenant_, "rules", "key", "body", std::nullopt, never_);
      if (written.ok()) version = written.value();
    }
    EXPECT_LT(seconds_until_revision(*two, version), 2);
  }
}

TEST_F(PostgresMetaStore, AChangeIsSeenThoughNobodyAnnouncesIt) {
  const auto store = open();
  put(*store);
  schema_.run("UPDATE revision SET revision = revision + 100");
  EXPECT_LT(seconds_until_revision(*store, 101), 2);
}

TEST_F(PostgresMetaStore, ForeignAnnouncementsAreIgnored) {
  const auto store = open();
  const uint64_t version = put(*store);
  for (const char* payload :
       {"", "rules", "rules x", "rules -1", "rules 1x", "RULES 999", "rules 99999999999999999999"})
    schema_.run(fmt::format("SELECT pg_notify('{}_changes', '{}')", schema_.name(), payload));
  const uint64_t next = put(*open());
  EXPECT_LT(seconds_until_revision(*store, next), 2);
  EXPECT_EQ(store->revision("rules", never_).value(), version + 1);
}

// What is older than 2 s is not answered from memory: the server is asked, and its silence is an error.
TEST_F(PostgresMetaStore, AFrozenServerMakesRevisionFailInsteadOfLying) {
  test::TcpProxy proxy(server_address());
  const auto store = open_by(through(proxy));
  const uint64_t version = put(*store);
  proxy.freeze();
  EXPECT_EQ(store->revision("rules", in_ms(100)).value(), version) << "still fresh";
  const os::SteadyTime started = clock_.steady();
  while (store->revision("rules", in_ms(100)).ok()) ASSERT_LT(seconds_since(started), 5);
  EXPECT_GT(seconds_since(started), 1);
  const os::SteadyTime asked = clock_.steady();
  const auto late = store->get(tenant_, "rules", "key", in_ms(200));
  ASSERT_FALSE(late.ok());
  EXPECT_TRUE(late.error().code == Code::kDeadlineExceeded || late.error().code == Code::kUnavailable);
  EXPECT_LT(seconds_since(asked), 0.7) << "the deadline, and 250 ms for the cancellation";
  proxy.pass();
  const Deadline soon = in_ms(30'000);
  while (!store->get(tenant_, "rules", "key", in_ms(1'000)).ok()) ASSERT_FALSE(soon.passed(clock_));
  EXPECT_LT(seconds_until_revision(*store, put(*store)), 2);
}

TEST_F(PostgresMetaStore, AServerThatIsGoneIsUnavailableAndComesBack) {
  test::TcpProxy proxy(server_address());
  const auto store = open_by(through(proxy));
  const auto other = open();
  put(*store);
  proxy.refuse();
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(store->get(tenant_, "rules", "key", in_ms(1'000)).error().code, Code::kUnavailable);
  }
  const uint64_t meanwhile = put(*other);
  proxy.pass();
  const Deadline soon = in_ms(30'000);
  while (!store->get(tenant_, "rules", "key", in_ms(1'000)).ok()) ASSERT_FALSE(soon.passed(clock_));
  EXPECT_LT(seconds_until_revision(*store, meanwhile), 2);
}

// A backend that dies of SIGKILL makes the server throw all sessions out and recover from its log: what was
// committed is there afterwards, and the store finds back by itself.
TEST_F(PostgresMetaStore, ACrashOfTheServerIsUnavailableAndLosesNothing) {
  const auto store = open();
  pg::ConnectionOptions options;
  options.conninfo = server_conninfo();
  const auto victim = pg::Connection::open(options, clock_, never_).value();
  const auto rows = victim->execute("SELECT pg_backend_pid()::int8", {}, never_).value();
  const uint64_t version = put(*store);
  ASSERT_EQ(::kill(static_cast<pid_t>(pg::as_int8(rows->bytes(0, 0)).value()), SIGKILL), 0)
      << "the server is ours";

  int failed = 0;
  const Deadline soon = in_ms(60'000);
  while (true) {
    const auto found = store->get(tenant_, "rules", "key", in_ms(1'000));
    if (found.ok() && failed > 0) {
      EXPECT_EQ(found.value().version, version);
      break;
    }
    if (!found.ok()) {
      EXPECT_EQ(found.error().code, Code::kUnavailable) << found.error().message;
      ++failed;
    }
    ASSERT_FALSE(soon.passed(clock_));
  }
  uint64_t next = 0;
  while (next == 0) {
    const auto written = store->put(tenant_, "rules", "key", "after", std::nullopt, in_ms(5'000));
    if (written.ok()) next = written.value();
    ASSERT_FALSE(soon.passed(clock_));
  }
  EXPECT_GT(next, version);
  const auto other = open();
  EXPECT_LT(seconds_until_revision(*other, put(*store)), 2);
}

TEST_F(PostgresMetaStore, AHeldLockDelaysWritesUntilTheDeadlineAndReadsNotAtAll) {
  const auto store = open();
  put(*store);
  pg::ConnectionOptions options;
  options.conninfo = server_conninfo();
  const auto holder = pg::Connection::open(options, clock_, never_).value();
  ASSERT_TRUE(
      holder->run(fmt::format("BEGIN; UPDATE {}.revision SET revision = revision", schema_.name()), never_)
          .ok());
  const os::SteadyTime started = clock_.steady();
  const auto late = store->put(tenant_, "rules", "key", "late", std::nullopt, in_ms(100));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
  EXPECT_LT(seconds_since(started), 0.5);
  EXPECT_EQ(store->get(tenant_, "rules", "key", in_ms(1'000)).value().body, "body");
  EXPECT_TRUE(store->put(tenant_, "silences", "key", "", std::nullopt, in_ms(1'000)).ok()) << "another kind";
  ASSERT_TRUE(holder->run("ROLLBACK", never_).ok());
  EXPECT_TRUE(store->put(tenant_, "rules", "key", "now", std::nullopt, in_ms(5'000)).ok());
}

TEST_F(PostgresMetaStore, MoreThreadsThanConnectionsTakeTurns) {
  PostgresMetaOptions options = schema_.options();
  options.connections_max = 2;
  const auto store = open_by(options);
  {
    std::vector<os::Thread> threads;
    for (int i = 0; i < 12; ++i) {
      threads.emplace_back("writer", [&, i](std::stop_token) {
        for (int round = 0; round < 10; ++round) put(*store, fmt::format("{}/{}", i, round));
      });
    }
  }
  EXPECT_EQ(store->list(tenant_, "rules", never_).value().size(), 120U);
  EXPECT_EQ(store->revision("rules", never_).value(), 120U);
  EXPECT_LE(schema_.number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'weir catalogue'"),
            3);
}

TEST_F(PostgresMetaStore, ListsMoreThanOneAnswerHolds) {
  const auto store = open();
  const std::string body(1u << 20, 'x');
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(store->put(tenant_, "rules", fmt::format("{:02}", i), body, std::nullopt, never_).ok());
  const auto documents = store->list(tenant_, "rules", never_).value();
  ASSERT_EQ(documents.size(), 20U);
  EXPECT_EQ(documents.back().key, "19");
  EXPECT_EQ(documents.back().body, body);
}

}  // namespace
}  // namespace weir::meta
