#include "store/embedded/embedded_store.h"

#include <algorithm>
#include <shared_mutex>

#include <fmt/format.h>

#include "base/hash.h"
#include "os/random.h"
#include "os/threads.h"
#include "store/embedded/erasure_versions.h"
#include "store/embedded/found_exemplars.h"
#include "store/embedded/label_query.h"
#include "store/embedded/maintenance.h"
#include "store/embedded/selected_series.h"

namespace weir::store::embedded {
namespace {

// Commits are refused when the head has outgrown its bound by half: blocks cannot be written, or not as fast
// as samples come.
constexpr uint64_t refuse_above(uint64_t head_bytes_max) {
  return head_bytes_max + head_bytes_max / 2;
}

constexpr int64_t kWindowMsMin = 1'000;
constexpr int64_t kWindowMsMax = int64_t{366} * 24 * 60 * 60 * 1'000;
constexpr uint32_t kPartitionsMax = 4'096;

Status check_options(const EmbeddedStoreOptions& options) {
  if (options.window.count() < kWindowMsMin || options.window.count() > kWindowMsMax) {
    return invalid_argument(fmt::format("store: window of {} ms, allowed are {} to {}",
                                        options.window.count(), kWindowMsMin, kWindowMsMax));
  }
  if (options.partition_count < 1 || options.partition_count > kPartitionsMax) {
    return invalid_argument(
        fmt::format("store: {} partitions, allowed are 1 to {}", options.partition_count, kPartitionsMax));
  }
  if (options.out_of_order_window.count() < 0 || options.retention.count() < 0 ||
      options.scrub_interval.count() < 0 || options.maintenance_interval.count() < 1) {
    return invalid_argument(
        "store: out_of_order_window, retention and scrub_interval are at least 0, maintenance_interval at "
        "least 1 ms");
  }
  return {};
}

// The matching series of a block, or nullopt for all of them.
std::optional<Postings> series_of(const BlockTenant& tenant, std::span<const Matcher> matchers) {
  return matchers.empty() ? std::nullopt : std::optional(match_series(tenant, matchers));
}

class EmbeddedStore : public Store {
 public:
  EmbeddedStore(const EmbeddedStoreOptions& options, os::FileSystem& files, os::Clock& clock,
                telemetry::Registry& registry, std::unique_ptr<StoreMetrics> metrics,
                std::unique_ptr<Catalogue> catalogue)
      : options_(options),
        clock_(clock),
        metrics_(std::move(metrics)),
        catalogue_(std::move(catalogue)),
        retention_(options_.retention, options_.tenant_retention, clock),
        shards_(make_shards()),
        maintenance_(options_, files, clock, *catalogue_, shards_, reads_, *metrics_) {
    observe(registry);
    thread_ = os::Thread("store", [this](std::stop_token stop) {
      while (clock_.sleep_until(clock_.steady() + options_.maintenance_interval, stop))
        maintenance_.run(stop);
    });
  }

  Result<Lease> acquire(PartitionId partition, Deadline) override {
    RETURN_IF_ERROR(check_partition(partition));
    ASSIGN_OR_RETURN(const Epoch epoch, catalogue_->next_epoch(partition));
    HeadShard& shard = *shards_[partition.value()];
    shard.set_epoch(epoch);
    return Lease{partition, epoch, shard.visible()};
  }

  void commit(const Commit& commit, Deadline, Completion<CommitReport> done) override { done(apply(commit)); }

  Result<Offset> durable_offset(PartitionId partition) override {
    RETURN_IF_ERROR(check_partition(partition));
    return catalogue_->partition(partition).durable;
  }

  Result<Offset> visible_offset(PartitionId partition) override {
    RETURN_IF_ERROR(check_partition(partition));
    return shards_[partition.value()]->visible();
  }

  Result<std::unique_ptr<SeriesSet>> select(TenantId tenant, const SelectRequest& request,
                                            Deadline deadline) override;
  bool keeps_exemplars() const override { return true; }
  Result<std::vector<SeriesExemplars>> exemplars(TenantId tenant, const ExemplarRequest& request,
                                                 Deadline deadline) override;
  Result<uint64_t> fingerprint(TenantId tenant, TimeRange range, Deadline deadline) override;
  Result<std::vector<std::string>> label_names(TenantId tenant, const LabelRequest& request,
                                               Deadline deadline) override;
  Result<std::vector<std::string>> label_values(TenantId tenant, std::string_view name,
                                                const LabelRequest& request, Deadline deadline) override;
  Result<std::vector<Labels>> series(TenantId tenant, const LabelRequest& request,
                                     Deadline deadline) override;
  Result<EraseReport> erase(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                            Deadline deadline) override;
  Status compact(Deadline deadline) override { return maintenance_.compact(deadline); }
  Status flush(Deadline deadline) override { return maintenance_.flush(deadline); }
  Status snapshot(const SnapshotRequest& request, Deadline deadline) override {
    return maintenance_.snapshot(request, deadline);
  }
  Result<StoreStatus> status() const override;

 private:
  HeadShards make_shards() const;
  void observe(telemetry::Registry& registry);
  Status check_partition(PartitionId partition) const;
  Result<CommitReport> apply(const Commit& commit);
  uint64_t head_bytes() const;
  /// Calls `read` for each index that may know series of the request.
  Status read_indexes(TenantId tenant, const LabelRequest& request, Deadline deadline,
                      absl::FunctionRef<void(const LabelIndex&, const std::optional<Postings>&)> read) const;

  const EmbeddedStoreOptions options_;
  os::Clock& clock_;
  const uint64_t salt_ = os::random_seed();  ///< Of fingerprints: counters begin anew with each process.
  const std::unique_ptr<StoreMetrics> metrics_;
  const std::unique_ptr<Catalogue> catalogue_;
  const RetentionBounds retention_;
  HeadShards shards_;
  FairSharedMutex commits_;  ///< Shared by commits; a deletion has it alone, so that offsets stand still.
  FairSharedMutex reads_;    ///< Shared while head and blocks are looked at together. Taken after commits_.
  ErasureVersions erasures_;
  Maintenance maintenance_;
  std::vector<std::unique_ptr<telemetry::Registry::Handle>> gauges_;
  os::Thread thread_;  // last, so that it stops first
};

HeadShards EmbeddedStore::make_shards() const {
  HeadShards shards;
  const std::vector<Deletion> deletions = catalogue_->deletions();
  for (uint32_t i = 0; i < options_.partition_count; ++i) {
    const PartitionId partition(i);
    shards.push_back(std::make_unique<HeadShard>(partition, options_.window.count(),
                                                 options_.head_exemplar_bytes_max, catalogue_->blocks()));
    shards.back()->restore(catalogue_->partition(partition), deletions);
  }
  return shards;
}

void EmbeddedStore::observe(telemetry::Registry& registry) {
  const auto gauge = [&](const char* name, const char* help, uint64_t StoreStatus::*field) {
    gauges_.push_back(registry.observe_gauge(
        name, help, {}, [this, field] { return static_cast<double>(status().value().*field); }));
  };
  gauge("weir_store_active_series", "Series with samples in memory.", &StoreStatus::active_series);
  gauge("weir_store_head_samples", "Samples in memory that are in no block yet.", &StoreStatus::head_samples);
  gauge("weir_store_head_bytes", "Memory of series and samples that are in no block yet.",
        &StoreStatus::head_bytes);
  gauge("weir_store_blocks", "Block files in use.", &StoreStatus::block_count);
  gauge("weir_store_block_bytes", "Size of the block files in use.", &StoreStatus::block_bytes);
  gauge("weir_store_block_samples", "Samples in the block files in use.", &StoreStatus::block_samples);
}

Status EmbeddedStore::check_partition(PartitionId partition) const {
  if (partition.value() < options_.partition_count) return {};
  return invalid_argument(
      fmt::format("store: partition {} of {}", partition.value(), options_.partition_count));
}

uint64_t EmbeddedStore::head_bytes() const {
  uint64_t size_bytes = 0;
  for (const auto& shard : shards_) size_bytes += shard->size_bytes();
  return size_bytes;
}

Result<CommitReport> EmbeddedStore::apply(const Commit& commit) {
  RETURN_IF_ERROR(check_partition(commit.lease.partition));
  if (const uint64_t limit = refuse_above(options_.head_bytes_max);
      !commit.records.empty() && head_bytes() > limit) {
    return resource_exhausted(fmt::format("store: {} bytes in memory, limit {}", head_bytes(), limit));
  }
  HeadShard& shard = *shards_[commit.lease.partition.value()];
  const std::shared_lock committing(commits_);
  const auto oldest_ms = [&](TenantId tenant) {
    return std::max<TimestampMs>(0, retention_.oldest_ms(tenant).value_or(0));
  };
  auto report = shard.apply(commit, oldest_ms, clock_.steady());
  if (report.ok()) {
    metrics_->samples.count(*report);
  }
  return report;
}

// The head first: a window that moves to a block meanwhile is then seen twice, which the merge hides, and not
// missed.
Result<std::unique_ptr<SeriesSet>> EmbeddedStore::select(TenantId tenant, const SelectRequest& request,
                                                         Deadline deadline) {
  if (all_match_absent(request.matchers)) {
    return invalid_argument("select: no matcher excludes the empty string");
  }
  SelectRequest visible = request;
  visible.range = retention_.visible(tenant, request.range);
  const TimeRange& range = visible.range;
  std::vector<HeadSeriesView> head;
  std::shared_lock reading(reads_);
  for (const auto& shard : shards_) {
    if (deadline.passed(clock_)) return deadline_exceeded("select: time ran out");
    RETURN_IF_ERROR(shard->select(tenant, request.matchers, range, request.series_max, head));
  }
  const BlockListPtr blocks = catalogue_->blocks().get();
  reading.unlock();
  std::sort(head.begin(), head.end(),
            [](const HeadSeriesView& a, const HeadSeriesView& b) { return a.labels() < b.labels(); });
  std::vector<BlockSelection> selections;
  for (const BlockPtr& block : *blocks) {
    if (deadline.passed(clock_)) return deadline_exceeded("select: time ran out");
    const BlockTenant* index = block->range().overlaps(range) ? block->tenant(tenant) : nullptr;
    if (index == nullptr) continue;
    Postings series = match_series(*index, request.matchers);
    if (!series.empty()) selections.push_back({block, index, std::move(series)});
  }
  return std::unique_ptr<SeriesSet>(
      std::make_unique<SelectedSeries>(std::move(head), std::move(selections), visible, deadline, clock_));
}

// The head first, as for samples: what moves to a block meanwhile is found twice, and shown once.
Result<std::vector<SeriesExemplars>> EmbeddedStore::exemplars(TenantId tenant, const ExemplarRequest& request,
                                                              Deadline deadline) {
  if (std::ranges::any_of(request.selectors, [](const auto& matchers) { return all_match_absent(matchers); }))
    return invalid_argument("exemplars: no matcher excludes the empty string");
  ExemplarRequest visible = request;
  visible.range = retention_.visible(tenant, request.range);
  FoundExemplars found(visible);
  std::shared_lock reading(reads_);
  for (const auto& shard : shards_) {
    if (deadline.passed(clock_)) return deadline_exceeded("exemplars: time ran out");
    RETURN_IF_ERROR(shard->read_exemplars(tenant, visible, found));
  }
  const BlockListPtr blocks = catalogue_->blocks().get();
  reading.unlock();
  for (const BlockPtr& block : *blocks) {
    if (deadline.passed(clock_)) return deadline_exceeded("exemplars: time ran out");
    RETURN_IF_ERROR(read_exemplars(*block, tenant, visible, found));
  }
  return found.finish();
}

// Each number is read at a moment of its own, and none ever comes back: two equal fingerprints mean that each
// stood still from the first reading to the second. Moving samples to blocks and merging those shows nobody
// anything new. Where retention ends inside the range, that end moves on with the clock.
Result<uint64_t> EmbeddedStore::fingerprint(TenantId tenant, TimeRange range, Deadline) {
  if (range.mint_ms > range.maxt_ms) return 0;
  std::vector<uint64_t> numbers;
  for (const auto& shard : shards_) numbers.push_back(shard->newest_change(tenant, range));
  const BlockSet::Retired retired = catalogue_->blocks().retired();
  numbers.push_back(range.mint_ms <= retired.maxt_ms ? retired.times : 0);
  const TimestampMs begin_ms = retention_.visible(tenant, range).mint_ms;
  numbers.push_back(static_cast<uint64_t>(begin_ms <= range.maxt_ms ? begin_ms : -1));
  numbers.push_back(retention_.version());
  numbers.push_back(erasures_.newest(tenant, range));
  const std::string_view bytes(reinterpret_cast<const char*>(numbers.data()),
                               numbers.size() * sizeof(uint64_t));
  return stable_hash(bytes, salt_);
}

// Offsets stand still from when they are taken until the head has let go of what lies before them: a commit
// between the two would lose samples now and find them again after a restart. That is worth a lock over the
// writing of the manifest.
Result<EraseReport> EmbeddedStore::erase(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                                         Deadline deadline) {
  RETURN_IF_ERROR(check_deletion(matchers));
  if (range.mint_ms > range.maxt_ms) return EraseReport{};
  if (deadline.passed(clock_)) return deadline_exceeded("erase: time ran out");
  std::unique_lock no_commits(commits_, std::defer_lock);
  const auto begin = [&] {
    no_commits.lock();
    std::vector<Offset> applied;
    for (const auto& shard : shards_) applied.push_back(shard->visible());
    return applied;
  };
  absl::flat_hash_set<uint64_t> hashes;
  const auto reveal = [&](const Deletion& made, absl::FunctionRef<void()> publish) {
    const std::unique_lock no_reads(reads_);
    publish();
    for (const auto& shard : shards_) shard->erase(made, hashes);
    erasures_.touch(tenant, range);
  };
  RETURN_IF_ERROR(
      catalogue_->erase({0, tenant, {matchers.begin(), matchers.end()}, range, {}}, hashes, begin, reveal));
  metrics_->deletions.add();
  return EraseReport{hashes.size()};
}

Status EmbeddedStore::read_indexes(
    TenantId tenant, const LabelRequest& request, Deadline deadline,
    absl::FunctionRef<void(const LabelIndex&, const std::optional<Postings>&)> read) const {
  LabelRequest visible = request;
  visible.range = retention_.visible(tenant, request.range);
  if (visible.range.mint_ms > visible.range.maxt_ms) return {};
  for (const auto& shard : shards_) {
    if (deadline.passed(clock_)) return deadline_exceeded("labels: time ran out");
    shard->read_index(tenant, visible, read);
  }
  const BlockListPtr blocks = catalogue_->blocks().get();
  for (const BlockPtr& block : *blocks) {
    if (deadline.passed(clock_)) return deadline_exceeded("labels: time ran out");
    const BlockTenant* index = block->range().overlaps(visible.range) ? block->tenant(tenant) : nullptr;
    if (index != nullptr) read(*index, series_of(*index, request.matchers));
  }
  return {};
}

Result<std::vector<std::string>> EmbeddedStore::label_names(TenantId tenant, const LabelRequest& request,
                                                            Deadline deadline) {
  TextSet names;
  RETURN_IF_ERROR(read_indexes(tenant, request, deadline, [&](const LabelIndex& index, const auto& series) {
    add_names(index, series, request.limit, names);
  }));
  return names.take_first(request.limit);
}

Result<std::vector<std::string>> EmbeddedStore::label_values(TenantId tenant, std::string_view name,
                                                             const LabelRequest& request, Deadline deadline) {
  TextSet values;
  RETURN_IF_ERROR(read_indexes(tenant, request, deadline, [&](const LabelIndex& index, const auto& series) {
    add_values(index, series, name, request.limit, values);
  }));
  return values.take_first(request.limit);
}

Result<std::vector<Labels>> EmbeddedStore::series(TenantId tenant, const LabelRequest& request,
                                                  Deadline deadline) {
  std::vector<Labels> found;
  RETURN_IF_ERROR(read_indexes(tenant, request, deadline, [&](const LabelIndex& index, const auto& series) {
    add_series(index, series, found);
    // Several indexes may have many more than are wanted.
    if (found.size() / 2 > request.limit) found = first_of(std::move(found), request.limit);
  }));
  return first_of(std::move(found), request.limit);
}

Result<StoreStatus> EmbeddedStore::status() const {
  StoreStatus status;
  std::optional<TimeRange> range;
  const auto widen = [&](const TimeRange& by) {
    if (!range) range = by;
    range = TimeRange{std::min(range->mint_ms, by.mint_ms), std::max(range->maxt_ms, by.maxt_ms)};
  };
  for (const auto& shard : shards_) {
    const HeadStats stats = shard->stats();
    status.active_series += stats.series;
    status.head_samples += stats.samples;
    status.head_bytes += stats.size_bytes;
    if (stats.range) widen(*stats.range);
  }
  const BlockListPtr blocks = catalogue_->blocks().get();
  for (const BlockPtr& block : *blocks) {
    status.block_count += 1;
    status.block_bytes += block->size_bytes();
    status.block_samples += block->sample_count();
    widen(block->range());
  }
  if (range) std::tie(status.mint_ms, status.maxt_ms) = std::pair(range->mint_ms, range->maxt_ms);
  return status;
}

}  // namespace

Result<std::unique_ptr<Store>> open(const EmbeddedStoreOptions& options, os::FileSystem& files,
                                    os::Clock& clock, telemetry::Registry& registry) {
  RETURN_IF_ERROR(check_options(options));
  auto metrics = std::make_unique<StoreMetrics>(registry);
  ASSIGN_OR_RETURN(auto catalogue, Catalogue::open(options, files, *metrics));
  return std::unique_ptr<Store>(std::make_unique<EmbeddedStore>(options, files, clock, registry,
                                                                std::move(metrics), std::move(catalogue)));
}

}  // namespace weir::store::embedded
