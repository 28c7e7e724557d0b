#include "os/threads.h"
#include "store/timescale/store_fixture_pgtest.h"

namespace weir::store::timescale {
namespace {

class PlainStore : public ServerStore<PlainServer> {};

TEST_F(PlainStore, TellsWhatTheServerLacks) {
  const auto store = start();
  EXPECT_TRUE(report_.postgres.starts_with("15")) << report_.postgres;
  EXPECT_EQ(report_.timescale, "");
  ASSERT_EQ(report_.missing.size(), 1u);
  EXPECT_NE(report_.missing[0].find("native partitions"), std::string::npos);
}

TEST_F(PlainStore, RefusesASchemaThatIsNotThere) {
  ServerReport report;
  const auto outcome = open(options(), os::system_clock(), registry_, Deadline::never(), report);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, Code::kFailedPrecondition);
  EXPECT_NE(outcome.error().message.find("weir migrate"), std::string::npos);
  const auto code = [&](auto change) {
    TimescaleStoreOptions wrong = options();
    change(wrong);
    return migrate(wrong, os::system_clock(), Deadline::never()).error().code;
  };
  EXPECT_EQ(code([](auto& o) { o.schema = "a; drop table b"; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.schema = ""; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.retention = os::milliseconds(1); }), Code::kInvalidArgument);
  EXPECT_EQ(code([](auto& o) { o.read_connections_max = 0; }), Code::kInvalidArgument);
}

TEST_F(PlainStore, MigratingAgainChangesNothing) {
  const auto store = start();
  EXPECT_THAT(migrate(options(), os::system_clock(), Deadline::never()).value(), testing::IsEmpty());
  options().chunk_interval = std::chrono::hours(1);
  EXPECT_TRUE(migrate(options(), os::system_clock(), Deadline::never()).ok());
  EXPECT_EQ(schema().number("select value from weir.setting where name = 'chunk_ms'"), 30ll * 24 * 3'600'000)
      << "partitions that are there must not be overlapped";
}

// Whatever bytes a label holds, a commit must pass, or the log would stand still for ever.
TEST_F(PlainStore, TakesLabelsThatPostgresTextDoesNot) {
  const auto store = start();
  os::Random random(3);
  std::string noise;
  for (int i = 0; i < 4'096; ++i) noise += static_cast<char>('a' + random.below(26));
  const std::vector<std::string> values = {std::string("a\0b", 3),
                                           "\xff\xfe",
                                           "\x01"
                                           "6162",
                                           "ab",
                                           noise,
                                           noise + "x",
                                           "q\"\\\n\t",
                                           "grüße",
                                           "{}",
                                           "\x01"};
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  Batch batch;
  for (const std::string& value : values) {
    batch.begin_series(Labels::of({{"__name__", "m"}, {std::string_view("n\0n", 3), value}}).view().bytes());
    batch.add_sample(kStart, 1);
  }
  EXPECT_EQ(commit(*store, lease, tenant(1), batch, 0).value().new_series, values.size());
  const std::string name("n\0n", 3);
  std::vector<std::string> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(store->label_values(tenant(1), name, {{}, TimeRange::all()}, Deadline::never()).value(), sorted);
  EXPECT_THAT(store->label_names(tenant(1), {{}, TimeRange::all()}, Deadline::never()).value(),
              testing::ElementsAre("__name__", name));
  for (const std::string& value : values) {
    const std::vector<Matcher> equal = {Matcher::equal(name, value)};
    const auto found = store->series(tenant(1), {equal, TimeRange::all()}, Deadline::never()).value();
    ASSERT_EQ(found.size(), 1u) << testing::PrintToString(value);
    EXPECT_EQ(found[0].view().get(name), value);
    const std::vector<Matcher> other = {Matcher::equal("__name__", "m"),
                                        Matcher::create(MatchOp::kNotEqual, name, value).value()};
    EXPECT_EQ(store->series(tenant(1), {other, TimeRange::all()}, Deadline::never()).value().size(),
              values.size() - 1);
  }
}

TEST_F(PlainStore, ALargeSelectionIsReadInPartsOfOneSnapshot) {
  options().selection_samples_max = 1'000;
  options().read_connections_max = 1;
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  const auto write = [&](int64_t offset, TimestampMs from) {
    Batch batch;
    for (int s = 0; s < 300; ++s) {
      batch.begin_series(Labels::of({{"__name__", "m"}, {"s", std::to_string(s)}}).view().bytes());
      for (int i = 0; i < 50; ++i) batch.add_sample(from + i, s);
    }
    ASSERT_EQ(commit(*store, lease, tenant(1), batch, offset).value().appended, 15'000u);
  };
  write(0, kStart);
  const std::vector<Matcher> all = {Matcher::equal("__name__", "m")};
  {
    auto set = store->select(tenant(1), {all, TimeRange::all()}, Deadline::never()).value();
    write(1, kStart + 50);
    size_t series = 0;
    while (set->next().value()) {
      SampleColumns samples;
      ASSERT_TRUE(set->read(samples).ok());
      ASSERT_EQ(samples.size(), 50u) << "as of the moment of the selection";
      ASSERT_EQ(std::to_string(static_cast<int>(samples.values[0])), set->labels().get("s"));
      ++series;
    }
    EXPECT_EQ(series, 300u);
  }
  for (const auto& [labels, count] : counts(*store, tenant(1))) EXPECT_EQ(count, 100u) << labels;
  // One that is dropped half way gives its connection back.
  { auto set = store->select(tenant(1), {all, TimeRange::all()}, Deadline::never()).value(); }
  EXPECT_EQ(counts(*store, tenant(1)).size(), 300u);
}

TEST_F(PlainStore, ManyPartitionsMakeTheSameSeries) {
  const auto store = start();
  std::atomic<uint64_t> made{0};
  {
    std::vector<os::Thread> threads;
    for (uint32_t p = 0; p < 6; ++p) {
      threads.emplace_back("writer", [&, p](std::stop_token) {
        const Lease lease = store->acquire(PartitionId(p), Deadline::never()).value();
        for (int64_t round = 0; round < 10; ++round) {
          Batch batch;
          for (int s = 0; s < 20; ++s) {
            const std::string number = std::to_string((s * 7 + static_cast<int>(p)) % 20 + round * 20);
            batch.begin_series(Labels::of({{"__name__", "m"}, {"n", number}, {"x", "y"}}).view().bytes());
            batch.add_sample(kStart + p, 1);
          }
          const auto report = commit(*store, lease, tenant(1), batch, round);
          ASSERT_TRUE(report.ok()) << report.error().message;
          made += report->new_series;
        }
      });
    }
  }
  EXPECT_EQ(made, 200u);
  EXPECT_EQ(schema().number("select count(*) from weir.series"), 200);
  EXPECT_EQ(schema().number("select count(*) from weir.label"), 202);
  EXPECT_EQ(schema().number("select count(*) from weir.series_label"), 600);
  EXPECT_EQ(schema().number("select count(*) from weir.sample"), 1'200);
}

TEST_F(PlainStore, RetentionRefusesAndDropsWhatIsOld) {
  const TimestampMs now = os::system_clock().wall_ms();
  constexpr int64_t kDay = 24 * 3'600'000;
  options().chunk_interval = std::chrono::hours(24);
  const Labels labels = Labels::of({{"__name__", "m"}});
  {
    const auto keeping = start();
    const Lease lease = keeping->acquire(PartitionId(0), Deadline::never()).value();
    const Batch old = batch_of(labels, {{now - 20 * kDay, 1}, {now - 10 * kDay, 1}, {now - kDay, 1}});
    EXPECT_EQ(commit(*keeping, lease, tenant(1), old, 0).value().appended, 3u);
  }
  options().retention = std::chrono::hours(5 * 24);
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  const Batch batch = batch_of(labels, {{now - 6 * kDay, 1}, {now, 1}, {kTimeMaxMs + 1, 1}});
  const CommitReport report = commit(*store, lease, tenant(1), batch, 1).value();
  EXPECT_EQ(report.too_old, 2u);
  EXPECT_EQ(report.appended, 1u);
  const Batch only_old = batch_of(Labels::of({{"__name__", "other"}}), {{now - 6 * kDay, 1}});
  EXPECT_EQ(commit(*store, lease, tenant(1), only_old, 2).value().too_old, 1u);
  EXPECT_EQ(schema().number("select count(*) from weir.series"), 1);
  ASSERT_TRUE(store->compact(Deadline::never()).ok());
  EXPECT_EQ(schema().number("select count(*) from weir.sample"), 2);
  EXPECT_EQ(commit(*store, lease, tenant(1), batch_of(labels, {{now - 4 * kDay, 1}}), 3).value().appended,
            1u);
}

TEST_F(PlainStore, APartitionThatWasDroppedIsMadeAgain) {
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  const Labels labels = Labels::of({{"__name__", "m"}});
  EXPECT_TRUE(commit(*store, lease, tenant(1), batch_of(labels, {{kStart, 1}}), 0).ok());
  schema().rows("select weir.drop_partitions_before('2100-01-01')");
  EXPECT_EQ(commit(*store, lease, tenant(1), batch_of(labels, {{kStart + 1, 1}}), 1).value().appended, 1u);
}

TEST_F(PlainStore, ATenantsOldDataCanBeDeleted) {
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  const Labels labels = Labels::of({{"__name__", "m"}});
  const int64_t day = 24 * 3'600'000;
  EXPECT_TRUE(commit(*store, lease, tenant(1), batch_of(labels, {{kStart, 1}}), 0).ok());
  EXPECT_TRUE(commit(*store, lease, tenant(2), batch_of(labels, {{kStart, 1}}), 1).ok());
  schema().run("call weir.delete_tenant_before(1, to_timestamp(1700000000) + interval '300 days')");
  EXPECT_TRUE(counts(*store, tenant(1)).empty());
  EXPECT_EQ(counts(*store, tenant(2)).size(), 1u);
  EXPECT_EQ(schema().number("select count(*) from weir.series_label"), 1) << "of the other tenant";
  // The store still remembers the id of a series that is gone.
  EXPECT_EQ(
      commit(*store, lease, tenant(1), batch_of(labels, {{kStart + 400 * day, 2}}), 2).value().new_series,
      1u);
  EXPECT_EQ(counts(*store, tenant(1)).at("m"), 1u);
}

TEST_F(PlainStore, RowsOfTenantsThatKeepLessAreDeleted) {
  SettableRetention retention;
  retention.set(tenant(1), std::chrono::hours(48));
  retention.set(tenant(3), std::chrono::hours(1));
  options().tenant_retention = &retention;
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  const TimestampMs now = os::system_clock().wall_ms();
  const int64_t hour = 3'600'000;
  const Batch batch = batch_of(Labels::of({{"__name__", "m"}}), {{now - 40 * hour, 1}, {now - hour / 2, 1}});
  for (uint64_t t = 1; t <= 3; ++t) {
    ASSERT_TRUE(commit(*store, lease, tenant(t), batch, static_cast<int64_t>(t)).ok());
  }
  ASSERT_EQ(schema().number("select count(*) from weir.sample"), 5);
  retention.set(tenant(1), std::chrono::hours(24));
  EXPECT_EQ(counts(*store, tenant(1)).at("m"), 1u) << "out of sight at once";
  ASSERT_TRUE(store->compact(Deadline::never()).ok());
  EXPECT_EQ(schema().number("select count(*) from weir.sample"), 4);
  EXPECT_EQ(counts(*store, tenant(2)).at("m"), 2u);
}

TEST_F(PlainStore, AnalystsSeeTheirTenantsOnly) {
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  for (uint64_t t = 1; t <= 3; ++t) {
    const Batch batch =
        batch_of(Labels::of({{"__name__", "m"}, {"t", std::to_string(t)}}), {{kStart, 1.0 * t}});
    ASSERT_TRUE(commit(*store, lease, tenant(t), batch, static_cast<int64_t>(t)).ok());
  }
  const std::string login = schema().name() + "_ana";
  schema().run("create role " + login + " login; grant weir_analyst to " + login);
  schema().run("insert into weir.tenant_access values ('" + login + "', 1), ('" + login + "', 2)");
  {
    const auto analyst = schema().connect("user=" + login);
    const auto number = [&](const std::string& sql) {
      const auto rows =
          analyst->execute(in_schema("select (" + sql + ")::int8", schema().name()), {}, Deadline::never());
      EXPECT_TRUE(rows.ok()) << rows.error().message;
      return rows.ok() ? int_cell(*rows.value(), 0, 0) : -1;
    };
    EXPECT_EQ(number("select count(*) from weir_api.sample"), 2);
    EXPECT_EQ(number("select sum(value) from weir_api.sample"), 3);
    EXPECT_EQ(number("select count(*) from weir_api.series"), 2);
    EXPECT_EQ(number("select count(distinct tenant_id) from weir_api.label"), 2);
    ASSERT_TRUE(analyst->run("set tenant.id = '2'", Deadline::never()).ok());
    EXPECT_EQ(number("select max(value) from weir_api.sample"), 2);
    ASSERT_TRUE(analyst->run("set tenant.id = '3'", Deadline::never()).ok());
    EXPECT_EQ(number("select count(*) from weir_api.sample"), 0) << "a setting narrows, it does not widen";
    for (const char* table :
         {"sample", "series", "label", "series_label", "consumer_offset", "tenant_access"}) {
      const auto denied = analyst->execute(
          in_schema("select * from weir." + std::string(table), schema().name()), {}, Deadline::never());
      ASSERT_FALSE(denied.ok()) << table;
      EXPECT_EQ(denied.error().code, Code::kPermissionDenied);
    }
  }
  schema().run("drop owned by " + login + "; drop role " + login);
}

// The store itself needs no more than weir_writer.
TEST_F(PlainStore, WorksForALoginWithoutOtherRights) {
  auto owner = start();
  owner.reset();
  const std::string login = schema().name() + "_app";
  schema().run("create role " + login + " login; grant weir_writer to " + login);
  schema().run("grant select on public.weir_migration to " + login);
  options().conninfo += " user=" + login;
  {
    const auto store = open_only();
    const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
    const Batch batch = batch_of(Labels::of({{"__name__", "m"}}), {{kStart, 1}});
    const auto report = commit(*store, lease, tenant(1), batch, 0);
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(counts(*store, tenant(1)).size(), 1u);
    EXPECT_TRUE(store->compact(Deadline::never()).ok());
    EXPECT_TRUE(store->status().ok());
  }
  schema().run("drop owned by " + login + "; drop role " + login);
}

TEST_F(PlainStore, FullQueueIsAnError) {
  options().write_connections_max = 1;
  const auto store = start();
  const Lease lease = store->acquire(PartitionId(0), Deadline::never()).value();
  const auto holder = schema().connect();
  ASSERT_TRUE(holder
                  ->run(in_schema("begin; select * from weir.consumer_offset for update", schema().name()),
                        Deadline::never())
                  .ok());
  std::atomic<int> refused{0}, done{0};
  for (int i = 0; i < 1'100; ++i) {
    store->commit({lease, {}, Offset(1)}, Deadline::never(), [&](Result<CommitReport> outcome) {
      if (!outcome.ok() && outcome.error().code == Code::kResourceExhausted) ++refused;
      ++done;
    });
  }
  EXPECT_GE(refused, 70);
  ASSERT_TRUE(holder->run("rollback", Deadline::never()).ok());
  while (done < 1'100) os::system_clock().sleep_until(os::system_clock().steady() + os::milliseconds(1), {});
}

}  // namespace
}  // namespace weir::store::timescale
