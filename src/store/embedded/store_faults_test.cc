// The store on a disk that fails, fills up and loses power: whatever happens, once the disk works again and
// the log is applied from where the store says, everything is there, once.
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/store_contract.h"
#include "os/random.h"
#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "store/embedded/embedded_store.h"

namespace weir::store::embedded {
namespace {

constexpr TimestampMs kHour = 3'600'000;
constexpr TimestampMs kStart = 1'699'999'200'000;
constexpr uint32_t kPartitions = 2;
const std::string kDirectory = "/data/store";

TenantId tenant() {
  return TenantId::from_stored(1);
}

// A store, the log before it and what must be in it.
class World {
 public:
  World() { options_.directory = kDirectory; }

  os::sim::FaultyFiles& files() { return files_; }
  os::sim::ManualClock& clock() { return clock_; }
  EmbeddedStoreOptions& options() { return options_; }
  Store& store() { return *store_; }
  bool running() const { return store_ != nullptr; }

  Status start() {
    registry_ = std::make_unique<telemetry::Registry>();
    ASSIGN_OR_RETURN(store_, open(options_, files_, clock_, *registry_));
    for (uint32_t i = 0; i < kPartitions; ++i) {
      ASSIGN_OR_RETURN(leases_[i], store_->acquire(PartitionId(i), Deadline::never()));
      RETURN_IF_ERROR(catch_up(i, leases_[i].resume));
    }
    return {};
  }
  void stop() { store_.reset(); }
  void lose_power(os::Random& random) {
    files_.kill();
    stop();
    files_.crash(random);
    files_.clear_faults();
  }

  /// Logs a record; the store may be down.
  void log_record(const Labels& series, const std::vector<Sample>& samples) {
    const auto partition = static_cast<uint32_t>(series.view().hash() % kPartitions);
    Batch batch;
    batch.begin_series(series.view().bytes());
    for (const Sample& sample : samples) {
      batch.add_sample(sample.timestamp_ms, sample.value);
      model_.append(tenant(), series, sample.timestamp_ms, sample.value);
    }
    const Offset begin = log_.end(PartitionId(partition));
    log_.append(PartitionId(partition), tenant(), std::move(batch));
    if (running() && !catch_up(partition, begin).ok()) failed_ = true;
  }
  bool failed() const { return failed_; }

  /// Erases one series up to a time. What has failed may be done or not, so it is done again at the end.
  bool erase(const Labels& series, TimestampMs maxt_ms) {
    matchers_.clear();
    for (const Label& label : series.view())
      matchers_.push_back(Matcher::equal(std::string(label.name), std::string(label.value)));
    erase_range_ = {0, maxt_ms};
    EXPECT_TRUE(model_.erase(tenant(), matchers_, erase_range_, Deadline::never()).ok());
    unsure_ = !store_->erase(tenant(), matchers_, erase_range_, Deadline::never()).ok();
    return !unsure_;
  }
  Status finish_erase() {
    if (!unsure_) return {};
    ASSIGN_OR_RETURN(const EraseReport report,
                     store_->erase(tenant(), matchers_, erase_range_, Deadline::never()));
    unsure_ = false;
    static_cast<void>(report);
    return {};
  }

  Result<Contents> contents() { return read_all(*store_); }
  Contents expected() { return read_all(model_).value(); }
  uint64_t counter(const std::string& line) const {
    const std::string text = "\n" + registry_->to_text();
    const size_t at = text.find("\n" + line + " ");
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + line.size() + 2));
  }

 private:
  Status catch_up(uint32_t partition, Offset begin) {
    const auto records = log_.from(PartitionId(partition), begin);
    Status outcome;
    store_->commit({leases_[partition], records, log_.end(PartitionId(partition))}, Deadline::never(),
                   [&](Result<CommitReport> report) {
                     if (!report.ok()) outcome = std::move(report).error();
                   });
    return outcome;
  }
  static Result<Contents> read_all(Store& store) {
    const std::vector<Matcher> matchers = {Matcher::any_metric()};
    ASSIGN_OR_RETURN(auto set, store.select(tenant(), {matchers, TimeRange::all()}, Deadline::never()));
    Contents contents;
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, set->next());
      if (!more) return contents;
      SampleColumns samples;
      RETURN_IF_ERROR(set->read(samples));
      for (size_t i = 0; i < samples.size(); ++i) {
        contents[set->labels().to_string()][samples.timestamps_ms[i]] =
            std::bit_cast<uint64_t>(samples.values[i]);
      }
    }
  }

  os::sim::FaultyFiles files_;
  os::sim::ManualClock clock_;
  EmbeddedStoreOptions options_{.directory = {}, .partition_count = kPartitions};
  std::unique_ptr<telemetry::Registry> registry_;
  std::unique_ptr<Store> store_;
  ReplayLog log_;
  std::map<uint32_t, Lease> leases_;
  MemoryStore model_;
  std::vector<Matcher> matchers_;
  TimeRange erase_range_;
  bool unsure_ = false;
  bool failed_ = false;
};

Labels series(int number) {
  return Labels::of({{"__name__", "m"}, {"n", std::to_string(number)}});
}

void log_round(World& world, int round) {
  for (int i = 0; i < 6; ++i) {
    const TimestampMs base = kStart + round * kHour + i * 1'000;
    std::vector<Sample> samples = {{base, 1.0 * i}, {base + 10, 2.0}, {base - 3 * kHour, 3.0}};
    world.log_record(series(i % 4), samples);
  }
}

// Errors are expected here; that nothing is lost is looked at afterwards.
void work(World& world) {
  if (!world.start().ok()) return;
  for (int round = 0; round < 4; ++round) {
    log_round(world, round);
    if (round % 2 == 1) static_cast<void>(world.store().compact(Deadline::never()).ok());
    // Some of it is in a block, some in memory, later rounds have nothing there; and one sample comes back.
    if (round == 2 && world.erase(series(1), kStart - 1)) {
      world.log_record(series(1), {{kStart - 3 * kHour + 1'000, 7.0}});
    }
  }
  world.stop();
  if (!world.start().ok()) return;
  log_round(world, 9);
  static_cast<void>(world.store().compact(Deadline::never()).ok());
}

// The store that is open may go on, and whoever opens it next finds everything.
void expect_all_there(World& world, os::Random* power_loss, const std::string& trace) {
  SCOPED_TRACE(trace);
  if (power_loss != nullptr) {
    world.lose_power(*power_loss);
  } else {
    world.files().clear_faults();
    if (world.running()) {
      ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
    }
    world.stop();
  }
  const Status started = world.start();
  ASSERT_TRUE(started.ok()) << started.error().message;
  ASSERT_TRUE(world.finish_erase().ok());
  EXPECT_EQ(world.contents().value(), world.expected());
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  EXPECT_EQ(world.contents().value(), world.expected());
  world.stop();
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.contents().value(), world.expected());
  EXPECT_EQ(world.counter("weir_store_corrupt_blocks_total"), 0u) << "a fault is no damage";
}

uint64_t calls_of_work() {
  World world;
  work(world);
  return world.files().calls(os::sim::Call::kAny);
}

TEST(StoreFaults, AnyFileCallMayFailOnce) {
  const uint64_t calls = calls_of_work();
  ASSERT_GT(calls, 100u);
  for (uint64_t nth = 1; nth <= calls; ++nth) {
    for (const bool takes_effect : {false, true}) {
      World world;
      world.files().inject({.nth = nth, .takes_effect = takes_effect});
      work(world);
      EXPECT_EQ(world.files().faults_met(), 1u) << nth;
      expect_all_there(world, nullptr, "call " + std::to_string(nth) + (takes_effect ? " done" : ""));
      if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
  }
}

TEST(StoreFaults, AllFileCallsMayFailFromAPointOn) {
  const uint64_t calls = calls_of_work();
  for (uint64_t nth = 1; nth <= calls; ++nth) {
    World world;
    world.files().inject({.nth = nth, .code = Code::kResourceExhausted, .lasting = true, .written_bytes = 7});
    work(world);
    expect_all_there(world, nullptr, "from call " + std::to_string(nth));
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

TEST(StoreFaults, PowerMayFailAtAnyCall) {
  const uint64_t calls = calls_of_work();
  for (uint64_t nth = 1; nth <= calls; ++nth) {
    for (const uint64_t seed : {1, 2, 3}) {
      World world;
      os::Random random(seed);
      world.files().inject({.nth = nth, .lasting = true});  // dead from here on
      work(world);
      expect_all_there(world, &random,
                       "power lost at call " + std::to_string(nth) + " seed " + std::to_string(seed));
      if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
  }
}

TEST(StoreFaults, AFullDiskOnlyDelays) {
  World world;
  ASSERT_TRUE(world.start().ok());
  log_round(world, 0);
  world.files().set_free_bytes(0);
  const Status compacted = world.store().compact(Deadline::never());
  ASSERT_FALSE(compacted.ok());
  EXPECT_EQ(compacted.error().code, Code::kResourceExhausted);
  EXPECT_EQ(world.counter("weir_store_cut_failures_total"), 1u);
  log_round(world, 1);
  EXPECT_FALSE(world.failed()) << "writes go on";
  EXPECT_EQ(world.contents().value(), world.expected());
  EXPECT_EQ(world.store().durable_offset(PartitionId(0)).value(), Offset(0));
  world.files().set_free_bytes(1 << 30);
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  EXPECT_EQ(world.contents().value(), world.expected());
  EXPECT_EQ(world.store().status().value().head_samples, 0u);
}

TEST(StoreFaults, ADamagedBlockIsSetAsideAndTheRestServed) {
  World world;
  world.options().window = os::milliseconds(kHour);
  ASSERT_TRUE(world.start().ok());
  world.log_record(series(1), {{10, 1}});
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  const Contents old = world.expected();
  world.log_record(series(2), {{10'000 * kHour, 2}});
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  world.stop();
  const auto names = world.files().list(kDirectory).value();
  ASSERT_THAT(names, testing::ElementsAre("0000000000000001.block", "0000000000000002.block", "MANIFEST"));
  world.files().corrupt(kDirectory + "/" + names[1], 30);  // in the index, since there is one small chunk

  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(world.start().ok());
    EXPECT_EQ(world.contents().value(), old);
    EXPECT_EQ(world.counter("weir_store_corrupt_blocks_total"), again == 0 ? 1u : 0u);
    world.stop();
  }
  EXPECT_THAT(world.files().list(kDirectory).value(),
              testing::ElementsAre(names[0], names[1] + ".corrupt", "MANIFEST"));
}

TEST(StoreFaults, ABlockInAnothersPlaceIsNoticed) {
  World world;
  ASSERT_TRUE(world.start().ok());
  world.log_record(series(1), {{10, 1}});
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  world.log_record(series(2), {{10'000 * kHour, 2}});
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  world.stop();
  const std::string one = kDirectory + "/0000000000000001.block";
  ASSERT_TRUE(world.files().rename(kDirectory + "/0000000000000002.block", one).ok());
  ASSERT_TRUE(world.start().ok());
  EXPECT_EQ(world.counter("weir_store_corrupt_blocks_total"), 2u);
  EXPECT_TRUE(world.contents().value().empty());
}

TEST(StoreFaults, ADamagedChunkFailsTheReadAndNamesTheBlock) {
  World world;
  ASSERT_TRUE(world.start().ok());
  world.log_record(series(1), {{10, 1}, {20, 5}});
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  world.log_record(series(2), {{30, 5}});
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  world.log_record(series(3), {{40, 5}});
  world.files().corrupt(kDirectory + "/0000000000000003.block", 10);
  world.stop();
  ASSERT_TRUE(world.start().ok());
  const auto contents = world.contents();
  ASSERT_FALSE(contents.ok());
  EXPECT_EQ(contents.error().code, Code::kCorruption);
  EXPECT_THAT(contents.error().message, testing::HasSubstr("0000000000000003.block"));
  const Status compacted = world.store().compact(Deadline::never());
  ASSERT_FALSE(compacted.ok()) << "it cannot be merged";
  EXPECT_EQ(compacted.error().code, Code::kCorruption);
  EXPECT_EQ(world.counter("weir_store_corrupt_blocks_total"), 1u);
  EXPECT_TRUE(world.store().compact(Deadline::never()).ok()) << "and is left out from then on";
  EXPECT_EQ(world.store().status().value().head_samples, 0u);
}

TEST(StoreFaults, ADamagedManifestStopsTheStoreAndNothingIsDeleted) {
  World world;
  ASSERT_TRUE(world.start().ok());
  world.log_record(series(1), {{10, 1}});
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  world.stop();
  const auto names = world.files().list(kDirectory).value();
  world.files().corrupt(kDirectory + "/MANIFEST", 15);
  const Status damaged = world.start();
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().code, Code::kCorruption);
  EXPECT_THAT(damaged.error().message, testing::HasSubstr("MANIFEST"));
  EXPECT_EQ(world.files().list(kDirectory).value(), names);

  ASSERT_TRUE(world.files().remove(kDirectory + "/MANIFEST").ok());
  const Status missing = world.start();
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, Code::kCorruption);
  EXPECT_THAT(world.files().list(kDirectory).value(), testing::ElementsAre("0000000000000001.block"));
}

TEST(StoreFaults, LeftoversAreRemovedAndOtherFilesAreNot) {
  World world;
  ASSERT_TRUE(world.start().ok());
  world.stop();
  for (const char* name : {"0000000000000077.block", "0000000000000078.block.tmp", "notes.txt",
                           "0000000000000009.block.corrupt"}) {
    ASSERT_TRUE(world.files().open(kDirectory + "/" + name, os::OpenMode::kCreate).ok());
  }
  ASSERT_TRUE(world.start().ok());
  EXPECT_THAT(world.files().list(kDirectory).value(),
              testing::ElementsAre("0000000000000009.block.corrupt", "MANIFEST", "notes.txt"));
}

TEST(StoreFaults, OptionsAreHeldAgainstTheManifest) {
  World world;
  ASSERT_TRUE(world.start().ok());
  world.log_record(series(1), {{10, 1}, {kHour * 5, 1}});
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  world.log_record(series(1), {{20, 1}, {kHour * 5 + 1, 1}});
  world.stop();
  world.options().window = os::milliseconds(3 * kHour);
  ASSERT_TRUE(world.start().ok()) << "the window may change";
  EXPECT_EQ(world.contents().value(), world.expected());
  world.stop();
  world.options().partition_count = kPartitions + 1;
  const Status started = world.start();
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, Code::kInvalidArgument);
  EXPECT_THAT(started.error().message, testing::HasSubstr("partition_count is 3"));
}

TEST(StoreLimits, RefusesCommitsWhenTheHeadIsFullUntilItIsWritten) {
  World world;
  world.options().head_bytes_max = 200'000;
  ASSERT_TRUE(world.start().ok());
  int number = 0;
  while (!world.failed() && number < 100'000) world.log_record(series(++number), {{10, 1}});
  EXPECT_TRUE(world.failed());
  EXPECT_LT(world.store().status().value().head_bytes, 400'000u);
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  EXPECT_EQ(world.store().status().value().head_bytes, 0u);
  world.stop();
  ASSERT_TRUE(world.start().ok()) << "the record that was refused comes again";
  EXPECT_EQ(world.contents().value(), world.expected());
}

TEST(StoreLimits, RetentionRefusesAndRemovesWhatIsOld) {
  World world;
  world.options().retention = os::milliseconds(24 * kHour);
  ASSERT_TRUE(world.start().ok());
  const TimestampMs now = world.clock().wall_ms();
  world.log_record(series(1), {{now - 25 * kHour, 1}});
  EXPECT_EQ(world.counter("weir_store_samples_total{outcome=\"too_old\"}"), 1u);
  world.log_record(series(2), {{now - 23 * kHour, 2}});
  world.log_record(series(3), {{now, 3}});
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  EXPECT_EQ(world.contents().value().size(), 2u);
  world.clock().set_wall_ms(now + 2 * kHour);
  ASSERT_TRUE(world.store().compact(Deadline::never()).ok());
  EXPECT_THAT(world.contents().value(), testing::ElementsAre(testing::Key("m{n=\"3\"}")));
}

}  // namespace
}  // namespace weir::store::embedded
