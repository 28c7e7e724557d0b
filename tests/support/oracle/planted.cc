#include "support/oracle/planted.h"

#include <atomic>
#include <bit>
#include <utility>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "store/embedded/block.h"
#include "support/oracle/planted_files.h"
#include "support/oracle/planted_seams.h"

namespace weir::oracle {
namespace {

Plant in_files(FileFaults faults) {
  return {.files = [faults = std::move(faults)](os::FileSystem& files) -> std::unique_ptr<os::FileSystem> {
    return std::make_unique<PlantedFiles>(files, faults);
  }};
}

template <typename Planted>
Plant in_store() {
  Plant plant;
  plant.seams.store = [](std::unique_ptr<store::Store> store) -> std::unique_ptr<store::Store> {
    return std::make_unique<Planted>(std::move(store));
  };
  return plant;
}

template <typename Planted>
Plant in_log() {
  Plant plant;
  plant.seams.log = [](std::unique_ptr<log::Log> log) -> std::unique_ptr<log::Log> {
    return std::make_unique<Planted>(std::move(log));
  };
  return plant;
}

FileFaults::When contains(std::string part) {
  return [part = std::move(part)](const std::string& path) { return path.find(part) != std::string::npos; };
}

FileFaults::When every_third(FileFaults::When when) {
  return [when = std::move(when), count = std::make_shared<std::atomic<uint64_t>>(0)](
             const std::string& path) { return when(path) && ++*count % 3 == 0; };
}

class BytesInMemory : public os::Mapping {
 public:
  explicit BytesInMemory(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  const std::string bytes_;
};

/// A block whose chunks all have the checksum of what they hold, whatever that is: nobody looks at them.
std::string with_good_chunks(std::string bytes) {
  const auto block = store::embedded::Block::from(std::make_unique<BytesInMemory>(bytes), "planted");
  if (!block.ok()) return bytes;
  std::vector<store::embedded::ChunkRef> chunks;
  for (const store::embedded::BlockTenant& tenant : (*block)->tenants()) {
    for (uint32_t series = 0; series < tenant.series_count(); ++series) tenant.append_chunks(series, chunks);
  }
  for (const store::embedded::ChunkRef& chunk : chunks) {
    std::string crc;
    ByteWriter(crc).u32(crc32c(std::string_view(bytes).substr(chunk.offset, chunk.size_bytes)));
    bytes.replace(chunk.offset + chunk.size_bytes, crc.size(), crc);
  }
  return bytes;
}

class AcknowledgesFailures : public ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  void append(std::span<const log::NewRecord> records, Deadline deadline,
              Completion<std::vector<log::Position>> done) override {
    std::vector<log::Position> wished;
    for (const log::NewRecord& record : records) wished.push_back({record.partition, Offset(0)});
    log_->append(records, deadline,
                 [wished = std::move(wished), done = std::move(done)](auto outcome) mutable {
                   done(outcome.ok() ? *std::move(outcome) : std::move(wished));
                 });
  }
};

class TrimsWhatIsInMemoryOnly : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<Offset> durable_offset(PartitionId partition) override { return visible_offset(partition); }
};

class ResumesOneTooFar : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<store::Lease> acquire(PartitionId partition, Deadline deadline) override {
    ASSIGN_OR_RETURN(store::Lease lease, store_->acquire(partition, deadline));
    lease.resume = Offset(lease.resume.value() + 1);
    return lease;
  }
};

class StoresTheOffsetBeforeTheData : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  void commit(const store::Commit& commit, Deadline deadline, Completion<store::CommitReport> done) override {
    store_->commit({commit.lease, {}, commit.next}, deadline, [](const auto&) {});
    store_->commit(commit, deadline, std::move(done));
  }
};

/// Nobody looks whether there is a sample of that time already.
class LetsTheLastValueWin : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  void commit(const store::Commit& commit, Deadline deadline, Completion<store::CommitReport> done) override {
    for (const store::AppliedRecord& record : commit.records) {
      for (size_t i = 0; i < record.series_count(); ++i) forget(record, record.series(i));
    }
    store_->commit(commit, deadline, std::move(done));
  }

 private:
  void forget(const store::AppliedRecord& record, const Batch::Series& series) {
    if (series.sample_count != 1) return;
    std::vector<Matcher> matchers;
    for (const Label& label : record.batch->labels(series))
      matchers.push_back(Matcher::equal(std::string(label.name), std::string(label.value)));
    const TimestampMs time_ms = record.batch->timestamps_ms(series).front();
    (void)store_->erase(record.tenant, matchers, {time_ms, time_ms}, Deadline::never()).ok();
  }
};

class ForgetsDeletions : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<store::EraseReport> erase(TenantId, std::span<const Matcher>, TimeRange, Deadline) override {
    return store::EraseReport{};
  }
};

class TakesOneTenantForAnother : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<std::unique_ptr<store::SeriesSet>> select(TenantId tenant, const store::SelectRequest& request,
                                                   Deadline deadline) override {
    return store_->select(tenant == tenant_of(2) ? tenant_of(1) : tenant, request, deadline);
  }
};

}  // namespace

std::vector<PlantedFault> planted_faults() {
  const auto journal = contains(".journal");
  const auto block = contains(".block");
  const auto manifest = contains("MANIFEST");
  return {
      {"AcknowledgesBeforeTheSync", in_files({.sync_is_skipped = journal})},
      {"TriesAFailedSyncAgain", in_files({.sync_is_retried = journal})},
      {"IgnoresAFailedWriteOfTheJournal", in_files({.write_error_is_ignored = journal})},
      {"LosesTheNameOfASegment", in_files({.directory_sync_is_skipped = contains(kLogDirectory)})},
      {"LosesTheNameOfABlock", in_files({.directory_sync_is_skipped = contains(kStoreDirectory)})},
      {"NamesABlockBeforeItIsSynced", in_files({.sync_is_skipped = block})},
      {"IgnoresAFailedWriteOfABlock", in_files({.write_error_is_ignored = block})},
      {"RenamesAManifestBeforeItIsSynced", in_files({.sync_is_skipped = manifest})},
      {"WritesTheManifestInPlace", in_files({.rename_is_a_copy = manifest})},
      {"ForgetsABlockInASnapshot", in_files({.link_is_skipped = every_third(block)})},
      {"IgnoresTheChecksumOfAChunk", in_files({.mapped = with_good_chunks})},
      {"AcknowledgesFailedAppends", in_log<AcknowledgesFailures>()},
      {"TrimsWhatIsInNoBlock", in_store<TrimsWhatIsInMemoryOnly>()},
      {"ResumesOneRecordTooFar", in_store<ResumesOneTooFar>()},
      {"StoresTheOffsetBeforeTheData", in_store<StoresTheOffsetBeforeTheData>()},
      {"LetsTheLastValueWin", in_store<LetsTheLastValueWin>()},
      {"ForgetsDeletions", in_store<ForgetsDeletions>()},
      {"TakesOneTenantForAnother", in_store<TakesOneTenantForAnother>()},
  };
}

}  // namespace weir::oracle
