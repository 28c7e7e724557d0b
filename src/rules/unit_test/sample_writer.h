#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "base/result.h"
#include "model/batch.h"
#include "model/tenant_id.h"
#include "store/store.h"

namespace weir::rules::unit_test {

/// Brings samples into a store as they come out of a Prometheus that was given them: a histogram's hint says
/// whether it goes on from the one before, whatever it said when it was written. Owned by one thread.
class SampleWriter {
 public:
  /// `store` must outlive it, and take nothing from anybody else. Errors: those of `Store::acquire`.
  static Result<SampleWriter> open(store::Store& store, TenantId tenant);

  /// When it returns, queries see the samples, whose times ascend within each series. Returns the series
  /// whose sample was refused, as another value is there at its time; a stale marker is dropped silently
  /// then. Errors: those of `Store::commit`.
  Result<std::vector<Labels>> write(const Batch& batch);

 private:
  /// A run of histograms that lie in one chunk of Prometheus'.
  struct Chunk {
    TimestampMs begin_ms = 0;
    TimestampMs end_ms = 0;  // of its last histogram
    Histogram last;
  };

  SampleWriter(store::Store& store, TenantId tenant, const store::Lease& lease)
      : store_(&store), tenant_(tenant), lease_(lease), next_(lease.resume.value()) {}

  Result<store::CommitReport> commit(const Batch& batch);
  Result<std::vector<Labels>> refused(const Batch& batch);
  Batch with_hints(const Batch& batch);
  void add_histograms(const Batch& batch, const Batch::Series& series, Batch& out);

  store::Store* store_;
  TenantId tenant_;
  store::Lease lease_;
  int64_t next_;
  absl::flat_hash_map<std::string, Chunk> chunks_;  // by labels
};

}  // namespace weir::rules::unit_test
