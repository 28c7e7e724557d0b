#include "stream/processor.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "stream/partition_worker.h"
#include "telemetry/logger.h"

namespace weir::stream {
namespace {

constexpr int64_t kLeastDelayMs = 50;

}  // namespace

class Processor::Impl : public log::AssignmentListener {
 public:
  Impl(const ProcessorParts& parts, const ProcessorOptions& options, os::Clock& clock,
       telemetry::Registry& registry)
      : parts_(parts), options_(options), clock_(clock), metrics_(clock, registry) {}

  Status start() {
    ASSIGN_OR_RETURN(membership_, parts_.log.join(*this));
    return {};
  }

  void stop() {
    membership_.reset();  // revokes every partition, which stops its worker
    std::map<PartitionId, std::unique_ptr<PartitionWorker>> workers;
    {
      std::unique_lock lock(mutex_);
      workers.swap(workers_);
    }
  }

  void on_assigned(PartitionId partition) override {
    auto worker = std::make_unique<PartitionWorker>(partition, parts_, options_, clock_, metrics_);
    std::unique_lock lock(mutex_);
    workers_[partition] = std::move(worker);
  }

  void on_revoked(PartitionId partition) override {
    std::unique_ptr<PartitionWorker> worker;
    {
      std::unique_lock lock(mutex_);
      if (auto it = workers_.find(partition); it != workers_.end()) {
        worker = std::move(it->second);
        workers_.erase(it);
      }
    }
  }

  bool caught_up() const {
    std::shared_lock lock(mutex_);
    return !workers_.empty() && std::all_of(workers_.begin(), workers_.end(),
                                            [](const auto& entry) { return entry.second->caught_up(); });
  }

  std::vector<PartitionProgress> progress() const {
    std::vector<PartitionProgress> result;
    std::shared_lock lock(mutex_);
    for (const auto& [partition, worker] : workers_) result.push_back(worker->progress());
    return result;
  }

  std::vector<TenantLag> tenant_lags() const { return metrics_.tenant_lags.status(); }

  std::optional<TimestampMs> complete_ms() const {
    if (!caught_up()) return std::nullopt;
    const TimestampMs now_ms = clock_.wall_ms();
    TimestampMs complete_ms = now_ms;
    std::shared_lock lock(mutex_);
    for (const auto& [partition, worker] : workers_)
      complete_ms = std::min(complete_ms, worker->complete_ms());
    const int64_t delay_ms =
        metrics_.delay_ms.with([&](const RecentMaximum& most) { return most.at(now_ms); });
    return complete_ms - std::max(delay_ms, kLeastDelayMs);
  }

 private:
  const ProcessorParts parts_;
  const ProcessorOptions options_;
  os::Clock& clock_;
  ProcessorMetrics metrics_;
  mutable std::shared_mutex mutex_;
  std::map<PartitionId, std::unique_ptr<PartitionWorker>> workers_;  // guarded by mutex_
  std::unique_ptr<log::Membership> membership_;
};

Processor::Processor(const ProcessorParts& parts, const ProcessorOptions& options, os::Clock& clock,
                     telemetry::Registry& registry)
    : impl_(std::make_unique<Impl>(parts, options, clock, registry)) {}

Processor::~Processor() {
  stop();
}

Status Processor::start() {
  return impl_->start();
}

void Processor::stop() {
  impl_->stop();
}

bool Processor::caught_up() const {
  return impl_->caught_up();
}

std::vector<PartitionProgress> Processor::progress() const {
  return impl_->progress();
}

std::vector<TenantLag> Processor::tenant_lags() const {
  return impl_->tenant_lags();
}

std::optional<TimestampMs> Processor::complete_ms() const {
  return impl_->complete_ms();
}

}  // namespace weir::stream
