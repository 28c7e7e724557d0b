#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aggregation/aggregation_task.h"
#include "aggregation/applied_feed.h"
#include "aggregation/definition_documents.h"
#include "aggregation/definition_reader.h"
#include "aggregation/late_letters.h"
#include "base/same_bits.h"
#include "os/random.h"
#include "os/sim/faulty_files.h"
#include "store/memory/memory_store.h"
#include "support/memory_meta.h"
#include "support/oracle/engine.h"

namespace weir::aggregation {

/// Aggregations over the embedded log and store on a simulated disk, on the caller's thread: what Aggregator
/// does with threads happens here when a test says so, and a crash may come anywhere. The catalogue is in
/// memory and outlives crashes.
class CrashWorld {
 public:
  using Samples = std::map<std::pair<Labels, TimestampMs>, double>;
  static constexpr TimestampMs kStart = 1'700'000'000'000;
  static constexpr TenantId kTenant = TenantId::from_stored(1);

  /// What lives in the same process beside the aggregations, and dies with it.
  class Guest {
   public:
    virtual ~Guest() = default;
    virtual void begin() = 0;
    /// When the aggregations have made a step each. After an error the process is to crash.
    virtual Status step() = 0;
    /// The engine is still there, and the disk may be dead. Also where the life has not begun.
    virtual void end() = 0;
  };

  CrashWorld(uint64_t seed, std::vector<Definition> definitions)
      : random_(seed),
        definitions_(std::move(definitions)),
        engine_(options(random_), disk_, clock_, no_seams_) {
    clock_.set_wall_ms(kStart);
    open_until_it_works();
  }
  ~CrashWorld() { close(); }

  os::Random& random() { return random_; }
  TimestampMs now_ms() const { return clock_.wall_ms(); }
  void pass(os::milliseconds by) { clock_.step(by); }
  os::sim::FaultyFiles& disk() { return disk_; }
  meta::MemoryMeta& meta() { return meta_; }
  os::Clock& clock() { return clock_; }
  store::Store& store() { return engine_.store(); }
  telemetry::Registry& registry() { return *registry_; }  ///< Of this life.
  /// It begins now. Null for none.
  void set_guest(Guest* guest) {
    guest_ = guest;
    if (guest_ != nullptr) guest_->begin();
  }

  /// Appends a batch as a client does, who sends it again until it is taken.
  void write(const Samples& samples) {
    Status sent = try_write(samples);
    while (!sent.ok()) {
      crash();
      sent = try_write(samples);
    }
  }
  /// Sends again what was not acknowledged.
  void write_owed() { write(Samples(std::exchange(owed_, {}))); }
  /// The same, once: it may be taken or not, or in part.
  Status try_write(const Samples& samples) {
    owed_.insert(samples.begin(), samples.end());
    auto batch = std::make_shared<Batch>();
    for (const auto& [key, value] : samples) {
      batch->begin_series(key.first.view().bytes());
      batch->add_sample(key.second, value);
    }
    const Status sent = append(batch);
    if (sent.ok()) written_.insert(samples.begin(), samples.end());
    return sent;
  }
  /// What was acknowledged.
  const Samples& written() const { return written_; }

  /// What a processor and an aggregator do when they have the time. An error is one of the disk.
  Status work() {
    RETURN_IF_ERROR(engine_.catch_up());
    while (true) {
      ASSIGN_OR_RETURN(const bool more, feed_->step());
      if (!more) break;
    }
    for (const auto& task : tasks_) {
      task->step();
      if (between_steps && random_.below(3) == 0) RETURN_IF_ERROR(between_steps());
    }
    return guest_ == nullptr ? ok_status() : guest_->step();
  }
  /// What happens now and then between the steps of two aggregations. May be empty.
  std::function<Status()> between_steps;
  void compact() { static_cast<void>(engine_.store().compact(Deadline::never())); }
  void trim() { static_cast<void>(engine_.trim()); }

  /// Power loss, with a random part of what was not synced; then all of it begins again.
  void crash() {
    disk_.kill();
    close();
    disk_.crash(random_);
    disk_.clear_faults();
    meta_.fails = false;
    open_until_it_works();
  }

  /// Works until nothing is left to be done.
  void settle() {
    for (int round = 0; round < 40; ++round) {
      pass(os::milliseconds(1'000));
      if (!work().ok()) crash();
    }
  }

  /// All samples of metrics with such a name, stale markers left out.
  Samples stored(const std::string& name) {
    Samples all = stored(engine_.store(), name);
    std::erase_if(all, [](const auto& one) { return is_stale(one.second); });
    return all;
  }
  /// The same of any store, with stale markers.
  static Samples stored(store::Store& store, const std::string& name) {
    const std::vector<Matcher> matchers = {Matcher::create(MatchOp::kRegex, "__name__", name).value()};
    auto set = store.select(kTenant, {matchers, TimeRange::all()}, Deadline::never()).value();
    Samples all;
    SampleColumns columns;
    while (set->next().value()) {
      columns.clear();
      EXPECT_TRUE(set->read(columns).ok());
      for (size_t i = 0; i < columns.size(); ++i)
        all[{Labels(set->labels()), columns.timestamps_ms[i]}] = columns.values[i];
    }
    return all;
  }
  /// The first sample in which the two differ, in words; empty where they are the same bit for bit.
  static std::string first_difference(const Samples& expected, const Samples& stored) {
    for (const auto& [key, value] : expected) {
      const auto at = stored.find(key);
      if (at == stored.end())
        return fmt::format("{} at {}: {} is missing", key.first.view().to_string(), key.second, value);
      if (!same_bits(at->second, value))
        return fmt::format("{} at {}: {} is stored, not {}", key.first.view().to_string(), key.second,
                           at->second, value);
    }
    for (const auto& [key, value] : stored) {
      if (!expected.contains(key))
        return fmt::format("{} at {}: {} is too much", key.first.view().to_string(), key.second, value);
    }
    return "";
  }
  /// What one recount of all that was acknowledged gives for the windows that an aggregation has closed.
  Samples recounted(size_t number) const {
    store::MemoryStore store;
    for (const auto& [key, value] : written_) store.append(kTenant, key.first, key.second, value);
    const Progress progress = this->progress(number);
    Recount recount(definitions_[number], store, kTenant);
    Samples all;
    for (OutputSample& output :
         recount.windows(progress.began_ms, closed_[number], Deadline::never()).value())
      all[{std::move(output.labels), output.at_ms}] = output.value;
    return all;
  }
  std::vector<AggregationStatus> status() const {
    std::vector<AggregationStatus> all;
    for (const auto& task : tasks_) all.push_back(task->status());
    return all;
  }
  void note_closed() {
    closed_.clear();
    for (const auto& task : tasks_) closed_.push_back(task->status().closed_ms);
  }
  /// Samples that were set aside, in all lives.
  const Samples& set_aside() const { return set_aside_; }
  /// Up to which time the outputs of all aggregations are there.
  TimestampMs complete_ms() const {
    TimestampMs complete_ms = std::numeric_limits<TimestampMs>::max();
    for (const auto& task : tasks_) complete_ms = std::min(complete_ms, task->complete_ms());
    return complete_ms;
  }
  /// Of the aggregations.
  std::function<TimestampMs()> watermark_ms = [this] { return now_ms() - 2'000; };

  /// Brings a batch into the log, in a record for each partition, and applies it: what the parts that make
  /// series do with them.
  Status append(const std::shared_ptr<Batch>& batch) {
    const uint32_t partitions = engine_.log().partition_count();
    std::vector<SeriesSelection> selections(partitions);
    for (uint32_t i = 0; i < batch->series_count(); ++i) {
      const uint64_t hash = series_hash(kTenant, batch->labels(batch->series()[i]));
      selections[hash % partitions].indexes.push_back(i);
      selections[hash % partitions].hashes.push_back(hash);
    }
    std::vector<log::NewRecord> records;
    for (uint32_t i = 0; i < partitions; ++i) {
      if (selections[i].indexes.empty()) continue;
      auto slice = std::make_shared<const BatchSlice>(BatchSlice{batch, std::move(selections[i])});
      records.push_back(
          {.tenant = kTenant, .partition = PartitionId(i), .payload = {}, .decoded = std::move(slice)});
    }
    if (engine_.append(records).answer != oracle::Engine::Answer::kDurable)
      return io_error("the append failed");
    return engine_.catch_up();
  }

 private:
  static oracle::Engine::Options options(os::Random& random) {
    oracle::Engine::Options options;
    options.log.directory = "/data/log";
    options.log.partition_count = static_cast<uint32_t>(1 + random.below(3));
    options.log.segment_bytes = uint64_t{16 << 10} << random.below(3);
    options.log.tail_cache_bytes = random.below(2) == 0 ? 0 : 1 << 20;
    options.log.decoded_bytes_max = random.below(2) == 0 ? 0 : 1 << 20;
    options.log.free_bytes_min = 0;
    options.store.directory = "/data/store";
    options.store.partition_count = options.log.partition_count;
    options.store.window = os::milliseconds(60'000 * (random.below(2) == 0 ? 1 : 10));
    options.store.out_of_order_window = os::milliseconds(60'000);
    return options;
  }

  void close() {
    if (guest_ != nullptr) guest_->end();
    tasks_.clear();
    feed_.reset();
    host_.reset();
    parts_.reset();
    engine_.close();
  }
  void open_until_it_works() {
    while (!open().ok()) {
      close();
      disk_.clear_faults();
    }
  }
  Status open() {
    RETURN_IF_ERROR(engine_.open());
    registry_ = std::make_unique<telemetry::Registry>();
    metrics_ = std::make_unique<AggregationMetrics>(*registry_);
    parts_.emplace(AggregatorParts{
        clock_, *registry_, meta_, engine_.store(), engine_.log(), *codec_,
        [this](TenantId) { return std::optional(watermark_ms()); },
        [this](TenantId, const Batch& samples) { return append(std::make_shared<Batch>(samples)); },
        [this](const LateSamples& late) { return keep(late); }});
    options_.save_interval = os::milliseconds(random_.below(3) * 5'000);
    host_.emplace(AggregationTask::Host{options_, *parts_, *metrics_, [this] { return looked_at(); },
                                        [](TenantId) { return TimestampMs{0}; }, scans_});
    PartitionOffsets from;
    for (size_t i = 0; i < definitions_.size(); ++i) {
      std::optional<Progress> progress;
      uint64_t version = 0;
      if (const auto document = meta_.get(kTenant, kProgressKind, key(i), Deadline::never()); document.ok()) {
        progress = decode_progress(document->body).value();
        version = document->version;
        take_earlier(progress->corrected, from);
      }
      tasks_.push_back(std::make_shared<AggregationTask>(*host_, TenantDefinition{kTenant, definitions_[i]},
                                                         std::move(progress), version));
    }
    std::map<std::string, std::vector<std::weak_ptr<SharedScans::Reader>>> readers;
    for (const auto& task : tasks_) readers[task->scan_key()].push_back(task);
    scans_.set_readers(std::move(readers));
    letters_ = std::make_unique<LateLetters>();
    feed_.emplace(
        *parts_,
        [this](PartitionId partition, const store::AppliedRecord& record) { look(partition, record); },
        [] { return false; },
        [this] {
          static_cast<void>(letters_->flush([this](const LateSamples& late) { return keep(late); }));
        });
    RETURN_IF_ERROR(feed_->begin_at(from));
    engine_.on_applied = [this](PartitionId partition, Offset begin, Offset next,
                                std::span<const store::AppliedRecord> records) {
      if (random_.below(8) != 0) feed_->applied({partition, begin, next, records});
    };
    engine_.needed_from = [this](PartitionId partition) {
      Offset first(std::numeric_limits<int64_t>::max());
      for (const auto& task : tasks_) {
        const auto saved = task->saved_offsets();
        if (const auto at = saved.find(partition); at != saved.end()) first = std::min(first, at->second);
      }
      return first;
    };
    if (guest_ != nullptr) guest_->begin();
    return ok_status();
  }

  void look(PartitionId partition, const store::AppliedRecord& record) {
    for (size_t i = 0; i < record.series_count(); ++i) {
      for (const auto& task : tasks_) {
        LateSamples late{record.tenant, {partition, record.offset}, {}, {}};
        task->look_at(*record.batch, record.series(i), late.position, late);
        if (!late.batch.empty()) letters_->add(std::move(late));
      }
    }
  }
  PartitionOffsets looked_at() const {
    PartitionOffsets offsets = feed_->shown();
    take_earlier(letters_->waiting_from(), offsets);
    return offsets;
  }
  Status keep(const LateSamples& late) {
    for (const Batch::Series& series : late.batch.series()) {
      const auto times = late.batch.timestamps_ms(series);
      for (size_t i = 0; i < times.size(); ++i)
        set_aside_[{Labels(late.batch.labels(series)), times[i]}] = late.batch.values(series)[i];
    }
    return ok_status();
  }

  std::string key(size_t number) const { return definition_key(definitions_[number].name); }
  Progress progress(size_t number) const {
    return decode_progress(const_cast<meta::MemoryMeta&>(meta_)
                               .get(kTenant, kProgressKind, key(number), Deadline::never())
                               ->body)
        .value();
  }

  os::Random random_;
  const std::vector<Definition> definitions_;
  os::sim::FaultyFiles disk_;
  oracle::SteppedClock clock_;
  const oracle::Seams no_seams_;
  oracle::Engine engine_;
  meta::MemoryMeta meta_;
  const std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  AggregatorOptions options_;
  std::unique_ptr<telemetry::Registry> registry_;
  std::unique_ptr<AggregationMetrics> metrics_;
  std::optional<AggregatorParts> parts_;
  std::optional<AggregationTask::Host> host_;
  std::unique_ptr<LateLetters> letters_;
  SharedScans scans_{clock_, random_.below(3) == 0 ? size_t{10'000} : size_t{1} << 20};
  std::vector<std::shared_ptr<AggregationTask>> tasks_;
  std::optional<AppliedFeed> feed_;
  Guest* guest_ = nullptr;
  Samples written_;
  Samples owed_;  // sent, perhaps not acknowledged
  Samples set_aside_;
  std::vector<TimestampMs> closed_;
};

}  // namespace weir::aggregation
