#include <charconv>
#include <cstdlib>

#include "store/timescale/cutting_proxy_pgtest.h"
#include "store/timescale/store_fixture_pgtest.h"

namespace weir::store::timescale {
namespace {

class TimescaleCrash : public ServerStore<PlainServer> {
 protected:
  /// Twelve samples of three series, different for each offset.
  static Batch record(int64_t offset) {
    Batch batch;
    for (int s = 0; s < 3; ++s) {
      const std::string number = std::to_string(s), era = std::to_string(offset / 20);
      batch.begin_series(Labels::of({{"__name__", "m"}, {"era", era}, {"s", number}}).view().bytes());
      for (int i = 0; i < 4; ++i) batch.add_sample(kStart + offset * 4 + i, static_cast<double>(offset));
    }
    return batch;
  }
  static uint16_t server_port() {
    const std::string_view conninfo = std::getenv(PlainServer::kVariable);
    const size_t at = conninfo.find("port=") + 5;
    uint16_t port = 0;
    std::from_chars(conninfo.data() + at, conninfo.data() + conninfo.size(), port);
    return port;
  }
  /// What a processor does: commits from its lease's offset on; on any failure takes the lease again. Nothing
  /// that was committed is ever sent again, so there must be no duplicates.
  void process(Store& store, PartitionId partition, int64_t end) {
    int failures = 0;
    while (failures < 2'000) {
      const Result<Lease> lease = store.acquire(partition, Deadline::never());
      if (!lease.ok()) {  // The breaker, mostly.
        EXPECT_EQ(lease.error().code, Code::kUnavailable) << lease.error().message;
        pause(10);
        ++failures;
        continue;
      }
      int64_t offset = lease->resume.value();
      for (; offset < end; ++offset) {
        const Batch batch = record(offset);
        const auto outcome = commit(store, *lease, tenant(1), batch, offset, deadline());
        if (!outcome.ok()) {
          EXPECT_TRUE(outcome.error().retryable() || outcome.error().code == Code::kTooOld)
              << outcome.error().message;
          break;
        }
        EXPECT_EQ(outcome->appended, 12u) << "record " << offset;
        EXPECT_EQ(outcome->duplicates, 0u) << "record " << offset << " was there already";
      }
      if (offset == end) return;
      ++failures;
    }
    FAIL() << "no progress";
  }
  static bool pause(int64_t ms, std::stop_token stop = {}) {
    return os::system_clock().sleep_until(os::system_clock().steady() + os::milliseconds(ms), stop);
  }
  static Deadline deadline() { return Deadline::after(os::system_clock(), os::milliseconds(10'000)); }
  void expect_records(int64_t count) {
    EXPECT_EQ(schema().number("select count(*) from weir.sample"), count * 12);
    EXPECT_EQ(schema().number("select count(distinct (series_id, time)) from weir.sample"), count * 12);
    EXPECT_EQ(schema().number("select max(next_offset) from weir.consumer_offset"), count);
    EXPECT_EQ(schema().number("select count(*) from weir.series"), (count + 19) / 20 * 3);
    EXPECT_EQ(schema().number(
                  "select count(*) from weir.series s where 3 <> (select count(*) from weir.series_label x "
                  "where x.series_id = s.id)"),
              0)
        << "a series without its labels would never be found";
  }
};

TEST_F(TimescaleCrash, ALostConnectionAtAnyPieceLosesAndDoublesNothing) {
  CuttingProxy proxy(server_port());
  auto prepared = start();
  prepared.reset();
  options().conninfo =
      fmt::format("host=127.0.0.1 port={} user=postgres dbname=postgres sslmode=disable", proxy.port());
  options().write_connections_max = 1;
  int64_t end = 0;
  int cuts = 0;
  for (const bool delivered : {false, true}) {
    for (int piece = 1; piece <= 24; ++piece) {
      telemetry::Registry registry;
      ServerReport report;
      const auto store = open(options(), os::system_clock(), registry, Deadline::never(), report).value();
      proxy.cut_at(piece, delivered);
      end += 2;
      process(*store, PartitionId(0), end);
      cuts += proxy.has_cut() ? 1 : 0;
    }
  }
  EXPECT_GE(cuts, 40);
  expect_records(end);
}

TEST_F(TimescaleCrash, BackendsKilledAtRandomLoseAndDoubleNothing) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  const auto store = start();
  std::atomic<int> kills{0};
  os::Thread killer("killer", [&](std::stop_token stop) {
    os::Random random(seed);
    const auto connection = schema().connect();
    while (pause(static_cast<int64_t>(random.below(40)), stop)) {
      pg::Params params;
      params.text(schema().name());
      const auto killed = connection->execute(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 order by "
          "random() limit 1",
          params.span(), Deadline::never());
      if (killed.ok()) kills += static_cast<int>(killed.value()->row_count());
    }
  });
  process(*store, PartitionId(0), 400);
  killer.request_stop();
  killer.join();
  EXPECT_GT(kills, 3);
  expect_records(400);
}

// Two owners who take the partition from each other again and again: the fence keeps one of them out.
TEST_F(TimescaleCrash, TwoOwnersNeverBothWrite) {
  const auto first = start();
  const auto second = open_only();
  constexpr int64_t kEnd = 200;
  {
    std::vector<os::Thread> owners;
    for (Store* store : {first.get(), second.get()}) {
      owners.emplace_back("owner", [this, store](std::stop_token) { process(*store, PartitionId(0), kEnd); });
    }
  }
  expect_records(kEnd);
}

TEST_F(TimescaleCrash, AnEarlierOwnerIsRefusedAtOnce) {
  const auto first = start();
  const auto second = open_only();
  const Lease old = first->acquire(PartitionId(3), Deadline::never()).value();
  EXPECT_TRUE(commit(*first, old, tenant(1), record(0), 0).ok());
  const Lease lease = second->acquire(PartitionId(3), Deadline::never()).value();
  EXPECT_EQ(lease.resume, Offset(1));
  EXPECT_GT(lease.epoch, old.epoch);
  const auto refused = commit(*first, old, tenant(1), record(1), 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kTooOld);
  EXPECT_TRUE(commit(*second, lease, tenant(1), record(1), 1).ok());
  EXPECT_EQ(schema().number("select count(*) from weir.sample"), 24);
}

TEST_F(TimescaleCrash, AcquireWaitsForTheCommitUnderWay) {
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  const auto holder = schema().connect();
  ASSERT_TRUE(holder
                  ->run(in_schema("begin; select * from weir.consumer_offset for update", schema().name()),
                        Deadline::never())
                  .ok());
  const Deadline soon = Deadline::after(os::system_clock(), os::milliseconds(50));
  EXPECT_EQ(store->acquire(PartitionId(0), soon).error().code, Code::kDeadlineExceeded);
  const auto late = commit(*store, lease, tenant(1), record(0), 0,
                           Deadline::after(os::system_clock(), os::milliseconds(50)));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
  ASSERT_TRUE(holder->run("rollback", Deadline::never()).ok());
  EXPECT_EQ(schema().number("select count(*) from weir.sample"), 0);
  // The acquisition that was given up may still have run at the server, and made the lease void: an owner
  // takes it again.
  Lease again = store->acquire(PartitionId(0), Deadline::never()).value();
  auto outcome = commit(*store, again, tenant(1), record(0), 0);
  while (!outcome.ok()) {
    ASSERT_EQ(outcome.error().code, Code::kTooOld);
    again = store->acquire(PartitionId(0), Deadline::never()).value();
    outcome = commit(*store, again, tenant(1), record(0), 0);
  }
  EXPECT_GT(schema().number("select count(*) from weir.sample"), 0);
}

}  // namespace
}  // namespace weir::store::timescale
