#pragma once

#include <memory>

#include <absl/container/flat_hash_map.h>

#include "base/guarded.h"
#include "meta/meta_store.h"
#include "model/metric_metadata.h"
#include "os/clock.h"

namespace weir::gateway {

struct MetadataCacheOptions {
  os::milliseconds check_interval{1'000};  ///< How old an answer may be.
  size_t bytes_max = 64u << 20;            ///< Of documents; beyond it tenants are forgotten.
};

/// What the metrics of a tenant are, as the catalogue has it (wire/metadata_document.h). A tenant's documents
/// are read when somebody asks, and again once any process has changed one: the catalogue's revision is asked
/// for at most once in `check_interval`. Safe from any thread; no lock is held while the catalogue is asked.
class MetadataCache {
 public:
  /// `meta` and `clock` outlive the cache.
  MetadataCache(MetadataCacheOptions options, meta::MetaStore& meta, const os::Clock& clock);

  /// Never null. May wait for the catalogue until `deadline`. While the catalogue fails what was read before
  /// is given. Errors: the catalogue's, where nothing was read yet.
  Result<std::shared_ptr<const MetricDescriptions>> of(TenantId tenant, Deadline deadline);

 private:
  struct Entry {
    std::shared_ptr<const MetricDescriptions> metrics;
    uint64_t revision = 0;  // of before the documents were read
    size_t bytes = 0;
  };
  struct State {
    uint64_t revision = 0;
    os::SteadyTime check_at = os::SteadyTime::min();
    absl::flat_hash_map<TenantId, Entry> tenants;
    size_t bytes = 0;
  };

  Result<uint64_t> current_revision(Deadline deadline);
  Result<Entry> read(TenantId tenant, uint64_t revision, Deadline deadline);
  void keep(TenantId tenant, const Entry& entry);

  const MetadataCacheOptions options_;
  meta::MetaStore& meta_;
  const os::Clock& clock_;
  Guarded<State> state_;
};

}  // namespace weir::gateway
