#include "store/embedded/maintenance.h"

#include <algorithm>
#include <limits>
#include <shared_mutex>

#include "os/memory.h"
#include "store/embedded/block_merge.h"
#include "store/embedded/expiry.h"
#include "store/embedded/maintenance_plan.h"
#include "telemetry/logger.h"

namespace weir::store::embedded {
namespace {

constexpr std::chrono::minutes kThinningInterval{10};

// What cuts and merges free is given back to the system when it is so much; less will soon be used again.
constexpr uint64_t kGiveBackBytes = 64 << 20;

// Nothing is wrong: there was no more time.
bool is_end_of_time(const Status& status) {
  return status.error().code == Code::kCancelled || status.error().code == Code::kDeadlineExceeded;
}

void log_failure(std::string_view what, const Status& status) {
  if (status.ok() || status.error().code == Code::kCancelled) return;
  telemetry::log_error("store", what, {{"error", status.error().message}});
}

}  // namespace

Maintenance::Maintenance(const EmbeddedStoreOptions& options, os::FileSystem& files, os::Clock& clock,
                         Catalogue& catalogue, HeadShards& shards, FairSharedMutex& reads,
                         StoreMetrics& metrics)
    : options_(options),
      retention_(options.retention, options.tenant_retention, clock),
      files_(files),
      clock_(clock),
      catalogue_(catalogue),
      shards_(shards),
      reads_(reads),
      metrics_(metrics),
      scrubber_(options.scrub_interval, files, clock, metrics) {}

void Maintenance::run(std::stop_token stop) {
  const auto proceed = [&]() -> Status {
    if (flushing_) return cancelled("a flush comes first");
    return stop.stop_requested() ? Status(cancelled("the store is closing")) : Status();
  };
  std::lock_guard lock(mutex_);
  log_failure("the head cannot be written to a block; its samples stay in memory and in the log",
              cut(false, proceed));
  give_back_memory();
  log_failure("old blocks cannot be removed", retire());
  log_failure("blocks cannot be merged", merge(false, proceed));
  log_failure("deleted samples cannot be taken out of blocks; they stay out of sight", clean(false, proceed));
  log_failure("old samples cannot be taken out of blocks; they stay out of sight", thin(false, proceed));
  log_failure("progress cannot be saved; the log keeps its records", save_progress());
  scrub(proceed);
}

Status Maintenance::compact(Deadline deadline) {
  const auto proceed = [&]() -> Status {
    return deadline.passed(clock_)
               ? Status(deadline_exceeded("compact: time ran out; what is done stays done"))
               : Status();
  };
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(cut(true, proceed));
  give_back_memory();
  RETURN_IF_ERROR(retire());
  RETURN_IF_ERROR(merge(true, proceed));
  RETURN_IF_ERROR(clean(true, proceed));
  RETURN_IF_ERROR(thin(true, proceed));
  return save_progress();
}

Status Maintenance::flush(Deadline deadline) {
  const auto proceed = [&]() -> Status {
    return deadline.passed(clock_) ? Status(deadline_exceeded("flush: time ran out; the log has the rest"))
                                   : Status();
  };
  flushing_ = true;
  const std::lock_guard lock(mutex_);
  flushing_ = false;
  RETURN_IF_ERROR(cut(true, proceed));
  return save_progress();
}

// No other round comes between the cut and the links, so that retention takes nothing away that was visible
// at the call.
Status Maintenance::snapshot(const SnapshotRequest& request, Deadline deadline) {
  const auto proceed = [&]() -> Status {
    return deadline.passed(clock_) ? Status(deadline_exceeded("the snapshot ran out of time")) : Status();
  };
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(proceed());
  if (!request.skip_head) RETURN_IF_ERROR(cut(true, proceed));
  return catalogue_.snapshot(request.directory, proceed);
}

Status Maintenance::cut(bool all, Proceed proceed) {
  RETURN_IF_ERROR(write_frozen(proceed));  // what a former round could not write
  CutInput input;
  input.reference_ms = clock_.wall_ms();
  input.now = clock_.steady();
  input.all = all;
  for (const auto& shard : shards_) {
    const std::vector<HeadWindowInfo> windows = shard->windows();
    input.windows.insert(input.windows.end(), windows.begin(), windows.end());
    const HeadStats stats = shard->stats();
    input.head_bytes += stats.size_bytes;
    if (stats.range) input.reference_ms = std::max(input.reference_ms, stats.range->maxt_ms);
  }
  for (const std::vector<TimestampMs>& starts : plan_cuts(options_, std::move(input))) {
    RETURN_IF_ERROR(proceed());
    for (const auto& shard : shards_) shard->freeze(starts);
    RETURN_IF_ERROR(write_frozen(proceed));
  }
  return {};
}

void Maintenance::drop_frozen() {
  for (const auto& shard : shards_) {
    const uint64_t before = shard->size_bytes();
    shard->drop_frozen();
    freed_bytes_ += before - std::min(before, shard->size_bytes());
  }
}

// Not part of a flush: after that the process ends, as a rule.
void Maintenance::give_back_memory() {
  if (freed_bytes_ < kGiveBackBytes) return;
  const os::SteadyTime begin = clock_.steady();
  os::give_back_freed_memory();
  telemetry::log_debug("store", "gave freed memory back",
                       {{"freed_bytes", freed_bytes_}, {"seconds", seconds_since(begin)}});
  freed_bytes_ = 0;
}

// Frozen windows leave the head only after readers can find their block, so that no sample is ever out of
// sight.
Status Maintenance::write_frozen(Proceed proceed) {
  std::vector<HeadSeriesView> views;
  TimeRange times = TimeRange::none();
  uint64_t deletions = 0;
  {
    const std::shared_lock reading(reads_);
    deletions = catalogue_.blocks().version().deletions;
    for (const auto& shard : shards_) shard->append_frozen(views, times);
  }
  if (views.empty()) return {};
  const os::SteadyTime begin = clock_.steady();
  const uint64_t id = catalogue_.new_block_id();
  if (Status written = write_block({id, deletions}, {std::move(views), times}, proceed); !written.ok()) {
    if (!is_end_of_time(written)) metrics_.cut_failures.add();
    return written;
  }
  drop_frozen();
  metrics_.cuts.add();
  metrics_.cut_seconds.observe(seconds_since(begin));
  telemetry::log_debug("store", "wrote a block from the head",
                       {{"block", id}, {"seconds", seconds_since(begin)}});
  return {};
}

Status Maintenance::write_block(const Catalogue::NewBlock& block, FrozenWindows windows, Proceed proceed) {
  const std::string path = catalogue_.path_of(block.id);
  if (Status written = write_head_block(files_, std::move(windows), path, proceed); !written.ok()) {
    catalogue_.discard(path);
    return written;
  }
  return catalogue_.add_block(block, {}, progress(true));
}

Status Maintenance::merge(bool all, Proceed proceed) {
  return rewrite(std::numeric_limits<size_t>::max(), proceed,
                 [&](const BlockList& sound) { return plan_merge(options_, sound, all); });
}

// In the background one block a round, so that a deletion from a large store does not take the disk from
// everybody.
Status Maintenance::clean(bool all, Proceed proceed) {
  return rewrite(all ? std::numeric_limits<size_t>::max() : 1, proceed, plan_cleaning);
}

// The same for retention. Looking costs the indexes of blocks in which tenants with several retentions meet,
// so it is done more seldom.
Status Maintenance::thin(bool all, Proceed proceed) {
  if (!all && clock_.steady() < thin_at_) return {};
  bool found = false;
  const Status done =
      rewrite(all ? std::numeric_limits<size_t>::max() : 1, proceed, [&](const BlockList& sound) {
        BlockList chosen = plan_thinning(sound, retention_, all);
        found = !chosen.empty();
        return chosen;
      });
  if (!found) thin_at_ = clock_.steady() + kThinningInterval;
  return done;
}

Status Maintenance::rewrite(size_t times_max, Proceed proceed, Plan plan) {
  Status damage;
  for (size_t times = 0; times < times_max; ++times) {
    const BlockSet::Version version = catalogue_.blocks().version();
    const BlockList inputs = plan(sound_of(*version.blocks));
    if (inputs.empty()) return damage;
    const os::SteadyTime begin = clock_.steady();
    const Status merged = merge_once(inputs, version.deletions, proceed);
    if (merged.ok()) {
      metrics_.compactions.add();
      metrics_.compaction_seconds.observe(seconds_since(begin));
      give_back_memory();
      continue;
    }
    if (is_end_of_time(merged)) return merged;
    metrics_.compaction_failures.add();
    if (merged.error().code != Code::kCorruption) return merged;
    const size_t damaged_before = damaged_.size();
    find_damaged(inputs);
    if (damaged_.size() == damaged_before) return merged;
    damage = merged;  // the others can still be merged
  }
  return damage;
}

// Deletions that come meanwhile are laid over the new block when it is added.
Status Maintenance::merge_once(const BlockList& inputs, uint64_t deletions, Proceed proceed) {
  const uint64_t id = catalogue_.new_block_id();
  const std::string path = catalogue_.path_of(id);
  const Thinned thinned = without_expired(inputs, retention_);
  if (thinned.until_ms >= 0) catalogue_.retire_samples(thinned.until_ms);
  const auto merged = merge_blocks(files_, thinned.blocks, path, proceed);
  for (const BlockPtr& block : inputs) freed_bytes_ += block->size_bytes();  // an index of it was in memory
  if (!merged.ok()) {
    catalogue_.discard(path);
    return merged.error();
  }
  return *merged ? catalogue_.add_block({id, deletions}, inputs, {}) : catalogue_.drop_blocks(inputs);
}

BlockList Maintenance::sound_of(BlockList blocks) const {
  std::erase_if(blocks, [&](const BlockPtr& block) { return damaged_.contains(block->path()); });
  return blocks;
}

void Maintenance::find_damaged(const BlockList& blocks) {
  for (const BlockPtr& block : blocks) {
    const Status verified = block->verify_chunks();
    if (!verified.ok()) note_damage(block, verified.error());
  }
}

void Maintenance::note_damage(const BlockPtr& block, const Error& error) {
  if (!damaged_.insert(block->path()).second) return;
  metrics_.corrupt_blocks.add();
  telemetry::log_error("store", "a block is damaged; the rest of it is served, and it is merged no more",
                       {{"path", block->path()}, {"error", error.message}});
}

void Maintenance::scrub(Proceed proceed) {
  scrubber_.run(sound_of(*catalogue_.blocks().get()), proceed,
                [&](const BlockPtr& block, const Error& error) { note_damage(block, error); });
}

Status Maintenance::retire() {
  const BlockList retired = plan_retirement(*catalogue_.blocks().get(), retention_);
  if (retired.empty()) return {};
  RETURN_IF_ERROR(catalogue_.retire_blocks(retired));
  metrics_.retired_blocks.add(retired.size());
  return {};
}

Status Maintenance::save_progress() {
  return catalogue_.save_progress(progress(false));
}

std::vector<Manifest::Partition> Maintenance::progress(bool frozen_in_block) const {
  std::vector<Manifest::Partition> partitions;
  for (const auto& shard : shards_) partitions.push_back(shard->progress(frozen_in_block));
  return partitions;
}

double Maintenance::seconds_since(os::SteadyTime begin) const {
  return std::chrono::duration<double>(clock_.steady() - begin).count();
}

}  // namespace weir::store::embedded
