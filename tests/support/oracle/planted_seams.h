#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"
#include "store/store.h"

namespace weir::oracle {

/// A log that hands everything to another, for faults that change one call.
class ForwardingLog : public log::Log {
 public:
  explicit ForwardingLog(std::unique_ptr<log::Log> log) : log_(std::move(log)) {}
  uint32_t partition_count() const override { return log_->partition_count(); }
  size_t record_bytes_max() const override { return log_->record_bytes_max(); }
  log::Durability durability() const override { return log_->durability(); }
  bool encodes() const override { return log_->encodes(); }
  void append(std::span<const log::NewRecord> records, Deadline deadline,
              Completion<std::vector<log::Position>> done) override {
    log_->append(records, deadline, std::move(done));
  }
  Result<std::unique_ptr<log::Reader>> open_reader(PartitionId partition) override {
    return log_->open_reader(partition);
  }
  Result<std::unique_ptr<log::Membership>> join(log::AssignmentListener& listener) override {
    return log_->join(listener);
  }
  Status trim(PartitionId partition, Offset before) override { return log_->trim(partition, before); }
  Result<log::PartitionStatus> status(PartitionId partition) const override {
    return log_->status(partition);
  }
  Status writable() const override { return log_->writable(); }

 protected:
  const std::unique_ptr<log::Log> log_;
};

/// The same for a store.
class ForwardingStore : public store::Store {
 public:
  explicit ForwardingStore(std::unique_ptr<store::Store> store) : store_(std::move(store)) {}
  Result<store::Lease> acquire(PartitionId partition, Deadline deadline) override {
    return store_->acquire(partition, deadline);
  }
  bool keeps_histograms() const override { return store_->keeps_histograms(); }
  void commit(const store::Commit& commit, Deadline deadline, Completion<store::CommitReport> done) override {
    store_->commit(commit, deadline, std::move(done));
  }
  Result<Offset> durable_offset(PartitionId partition) override { return store_->durable_offset(partition); }
  Result<Offset> visible_offset(PartitionId partition) override { return store_->visible_offset(partition); }
  Result<std::unique_ptr<store::SeriesSet>> select(TenantId tenant, const store::SelectRequest& request,
                                                   Deadline deadline) override {
    return store_->select(tenant, request, deadline);
  }
  Result<uint64_t> fingerprint(TenantId tenant, TimeRange range, Deadline deadline) override {
    return store_->fingerprint(tenant, range, deadline);
  }
  Result<std::vector<std::string>> label_names(TenantId tenant, const store::LabelRequest& request,
                                               Deadline deadline) override {
    return store_->label_names(tenant, request, deadline);
  }
  Result<std::vector<std::string>> label_values(TenantId tenant, std::string_view name,
                                                const store::LabelRequest& request,
                                                Deadline deadline) override {
    return store_->label_values(tenant, name, request, deadline);
  }
  Result<std::vector<Labels>> series(TenantId tenant, const store::LabelRequest& request,
                                     Deadline deadline) override {
    return store_->series(tenant, request, deadline);
  }
  Result<store::EraseReport> erase(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                                   Deadline deadline) override {
    return store_->erase(tenant, matchers, range, deadline);
  }
  Status flush(Deadline deadline) override { return store_->flush(deadline); }
  Status compact(Deadline deadline) override { return store_->compact(deadline); }
  Status snapshot(const store::SnapshotRequest& request, Deadline deadline) override {
    return store_->snapshot(request, deadline);
  }
  Result<store::StoreStatus> status() const override { return store_->status(); }

 protected:
  const std::unique_ptr<store::Store> store_;
};

}  // namespace weir::oracle
