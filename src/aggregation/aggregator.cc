#include "aggregation/aggregator.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "aggregation/aggregation_task.h"
#include "aggregation/applied_feed.h"
#include "aggregation/definition_documents.h"
#include "aggregation/late_letters.h"
#include "telemetry/logger.h"

namespace weir::aggregation {
namespace {

constexpr os::milliseconds kCatalogueTimeout{10'000};
/// Of one scan that aggregations share.
constexpr size_t kScanBytesMax = 256u << 20;

using TaskPtr = std::shared_ptr<AggregationTask>;
/// What looks at records: by tenant.
using Index = absl::flat_hash_map<TenantId, std::vector<TaskPtr>>;

TimestampMs oldest_of(std::span<const TimestampMs> times) {
  return times.empty() ? std::numeric_limits<TimestampMs>::max() : std::ranges::min(times);
}

}  // namespace

class Aggregator::Impl {
 public:
  Impl(const AggregatorOptions& options, const AggregatorParts& parts)
      : options_(options),
        parts_(parts),
        metrics_(parts.registry),
        scans_(parts.clock, kScanBytesMax),
        host_{options_,
              parts_,
              metrics_,
              [this] { return looked_at(); },
              [this](TenantId tenant) { return raw_needed_from(tenant); },
              scans_},
        index_(std::make_shared<const Index>()),
        tasks_("aggregation", options.threads, parts.clock) {}

  ~Impl() { release(); }

  Status set_definitions(std::vector<TenantDefinition> definitions) {
    Kept kept;
    for (const TenantDefinition& one : definitions) {
      if (kept.contains(one.tenant)) continue;
      ASSIGN_OR_RETURN(kept[one.tenant], kept_of(one.tenant));
    }
    // It shows nothing before there is somebody to look at it.
    std::shared_ptr<AppliedFeed> begun;
    if (feed() == nullptr) {
      ASSIGN_OR_RETURN(begun, make_feed(kept));
    }
    std::vector<TaskPtr> due;
    {
      std::lock_guard lock(mutex_);
      std::map<Key, TaskPtr> former = std::exchange(entries_, {});
      for (TenantDefinition& one : definitions) {
        Key key{one.tenant, one.definition.name};
        if (entries_.contains(key)) continue;
        if (auto node = former.extract(key); !node.empty()) {
          node.mapped()->change(std::move(one.definition));
          due.push_back(node.mapped());
          entries_.insert(std::move(node));
        } else {
          due.push_back(entries_.emplace(key, make(std::move(one), kept.at(key.first))).first->second);
        }
      }
      for (const auto& [key, task] : former) {
        task->retire();
        due.push_back(task);
      }
      publish();
      if (begun != nullptr) feed_ = begun;
    }
    if (begun != nullptr) begun->start();
    for (const TaskPtr& task : due) tasks_.make_due(task);
    return ok_status();
  }

  void release() {
    tasks_.release();
    std::shared_ptr<AppliedFeed> feed;  // its thread may want the mutex
    std::lock_guard lock(mutex_);
    entries_.clear();
    publish();
    feed = std::exchange(feed_, nullptr);
  }

  void applied(const AppliedRecords& applied) {
    const std::shared_ptr<AppliedFeed> feed = this->feed();
    if (feed != nullptr) feed->applied(applied);
  }

  std::optional<Offset> needed_from(PartitionId partition) const {
    std::optional<Offset> first;
    std::lock_guard lock(mutex_);
    for (const auto& [key, task] : entries_) {
      const PartitionOffsets saved = task->saved_offsets();
      const auto at = saved.find(partition);
      if (at != saved.end() && (!first || at->second < *first)) first = at->second;
    }
    return first;
  }

  std::vector<AggregationStatus> status(TenantId tenant) const {
    std::vector<AggregationStatus> all;
    for (const TaskPtr& task : of(tenant)) all.push_back(task->status());
    return all;
  }

  std::optional<TimestampMs> complete_ms(TenantId tenant) const {
    std::optional<TimestampMs> complete;
    for (const TaskPtr& task : of(tenant))
      complete = std::min(complete.value_or(std::numeric_limits<TimestampMs>::max()), task->complete_ms());
    return complete;
  }

 private:
  using Key = std::pair<TenantId, std::string>;
  /// What the catalogue says of the aggregations of each tenant.
  struct KeptProgress {
    Progress progress;
    uint64_t version = 0;
  };
  using Kept = std::map<TenantId, std::map<std::string, KeptProgress>>;

  Result<std::map<std::string, KeptProgress>> kept_of(TenantId tenant) const {
    ASSIGN_OR_RETURN(
        const std::vector<meta::Document> documents,
        parts_.meta.list(tenant, kProgressKind, Deadline::after(parts_.clock, kCatalogueTimeout)));
    std::map<std::string, KeptProgress> kept;
    for (const meta::Document& document : documents) {
      auto progress = decode_progress(document.body);
      if (progress.ok()) {
        kept[document.key] = {*std::move(progress), document.version};
      } else {
        telemetry::log_error("aggregation", "how far an aggregation has come cannot be read; it begins anew",
                             {{"key", document.key}, {"error", progress.error().message}});
        RETURN_IF_ERROR(parts_.meta.erase(tenant, kProgressKind, document.key, document.version,
                                          Deadline::after(parts_.clock, kCatalogueTimeout)));
      }
    }
    return kept;
  }

  /// Where the first of the aggregations left off.
  Result<std::shared_ptr<AppliedFeed>> make_feed(const Kept& kept) {
    PartitionOffsets from;
    for (const auto& [tenant, all] : kept) {
      for (const auto& [key, one] : all) take_earlier(one.progress.corrected, from);
    }
    auto feed = std::make_shared<AppliedFeed>(
        parts_,
        [this](PartitionId partition, const store::AppliedRecord& record) { look_at(partition, record); },
        [this] { return is_full(); }, [this] { flush_letters(); });
    RETURN_IF_ERROR(feed->begin_at(from));
    return feed;
  }

  TaskPtr make(TenantDefinition definition, const std::map<std::string, KeptProgress>& kept) {
    const auto at = kept.find(definition_key(definition.definition.name));
    if (at == kept.end())
      return std::make_shared<AggregationTask>(host_, std::move(definition), std::nullopt, 0);
    return std::make_shared<AggregationTask>(host_, std::move(definition), at->second.progress,
                                             at->second.version);
  }

  /// With mutex_ held.
  void publish() {
    auto index = std::make_shared<Index>();
    for (const auto& [key, task] : entries_) (*index)[key.first].push_back(task);
    index_ = std::move(index);
    std::map<std::string, std::vector<std::weak_ptr<SharedScans::Reader>>> readers;
    for (const auto& [key, task] : entries_) readers[task->scan_key()].push_back(task);
    scans_.set_readers(std::move(readers));
  }

  std::shared_ptr<const Index> index() const {
    std::lock_guard lock(mutex_);
    return index_;
  }
  std::shared_ptr<AppliedFeed> feed() const {
    std::lock_guard lock(mutex_);
    return feed_;
  }
  std::vector<TaskPtr> of(TenantId tenant) const {
    const std::shared_ptr<const Index> index = this->index();
    const auto at = index->find(tenant);
    return at == index->end() ? std::vector<TaskPtr>() : at->second;
  }

  /// Nearly all samples are newer than anything that is closed, and cost no more than a look at their times.
  void look_at(PartitionId partition, const store::AppliedRecord& record) {
    const std::vector<TaskPtr> tasks = of(record.tenant);
    TimestampMs closed_ms = std::numeric_limits<TimestampMs>::min();
    for (const TaskPtr& task : tasks) closed_ms = std::max(closed_ms, task->closed_ms());
    for (size_t i = 0; i < record.series_count() && !tasks.empty(); ++i) {
      const Batch::Series& series = record.series(i);
      const TimestampMs oldest_ms = oldest_of(record.batch->timestamps_ms(series));
      if (oldest_ms > closed_ms) continue;
      for (const TaskPtr& task : tasks) {
        if (oldest_ms > task->closed_ms()) continue;
        LateSamples late{record.tenant, {partition, record.offset}, {}, {}};
        task->look_at(*record.batch, series, late.position, late);
        if (!late.batch.empty()) letters_.add(std::move(late));
      }
    }
  }

  bool is_full() const {
    if (letters_.is_full()) return true;
    const std::shared_ptr<const Index> index = this->index();
    return std::ranges::any_of(*index, [](const auto& tenant) {
      return std::ranges::any_of(tenant.second, [](const TaskPtr& task) { return task->is_full(); });
    });
  }

  void flush_letters() {
    const Status kept = letters_.flush(parts_.set_aside);
    if (!kept.ok() && !letters_failed_)
      telemetry::log_warn("aggregation", "cannot set late samples aside", {{"error", kept.error().message}});
    letters_failed_ = !kept.ok();
  }

  PartitionOffsets looked_at() const {
    const std::shared_ptr<AppliedFeed> feed = this->feed();
    PartitionOffsets offsets = feed == nullptr ? PartitionOffsets() : feed->shown();
    take_earlier(letters_.waiting_from(), offsets);
    return offsets;
  }

  TimestampMs raw_needed_from(TenantId tenant) const {
    TimestampMs from_ms = std::numeric_limits<TimestampMs>::max();
    for (const TaskPtr& task : of(tenant)) from_ms = std::min(from_ms, task->raw_needed_from());
    return from_ms;
  }

  const AggregatorOptions options_;
  const AggregatorParts parts_;
  AggregationMetrics metrics_;
  SharedScans scans_;
  const AggregationTask::Host host_;
  LateLetters letters_;
  bool letters_failed_ = false;  // of the feed's thread
  mutable std::mutex mutex_;
  std::map<Key, TaskPtr> entries_;  // guarded by mutex_, as is what follows
  std::shared_ptr<const Index> index_;
  std::shared_ptr<AppliedFeed> feed_;
  os::DueTasks tasks_;  // last: its threads use all else
};

Aggregator::Aggregator(const AggregatorOptions& options, const AggregatorParts& parts)
    : impl_(std::make_unique<Impl>(options, parts)) {}
Aggregator::~Aggregator() = default;

Status Aggregator::set_definitions(std::vector<TenantDefinition> definitions) {
  return impl_->set_definitions(std::move(definitions));
}
void Aggregator::release() {
  impl_->release();
}
void Aggregator::applied(const AppliedRecords& applied) {
  impl_->applied(applied);
}
std::optional<Offset> Aggregator::needed_from(PartitionId partition) const {
  return impl_->needed_from(partition);
}
std::vector<AggregationStatus> Aggregator::status(TenantId tenant) const {
  return impl_->status(tenant);
}
std::optional<TimestampMs> Aggregator::complete_ms(TenantId tenant) const {
  return impl_->complete_ms(tenant);
}

}  // namespace weir::aggregation
