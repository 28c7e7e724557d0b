#include "gateway/metadata_cache.h"

#include <optional>

#include "wire/metadata_document.h"

namespace weir::gateway {

MetadataCache::MetadataCache(MetadataCacheOptions options, meta::MetaStore& meta, const os::Clock& clock)
    : options_(options), meta_(meta), clock_(clock) {}

Result<std::shared_ptr<const MetricDescriptions>> MetadataCache::of(TenantId tenant, Deadline deadline) {
  const Entry known = state_.with([&](State& state) {
    const auto found = state.tenants.find(tenant);
    return found == state.tenants.end() ? Entry() : found->second;
  });
  const auto failed = [&](const Error& error) -> Result<std::shared_ptr<const MetricDescriptions>> {
    if (known.metrics != nullptr) return known.metrics;
    return error;
  };
  const Result<uint64_t> revision = current_revision(deadline);
  if (!revision.ok()) return failed(revision.error());
  if (known.metrics != nullptr && known.revision == *revision) return known.metrics;
  const Result<Entry> entry = read(tenant, *revision, deadline);
  if (!entry.ok()) return failed(entry.error());
  keep(tenant, *entry);
  return entry->metrics;
}

/// One caller asks when it is time; the others take what is known meanwhile.
Result<uint64_t> MetadataCache::current_revision(Deadline deadline) {
  const os::SteadyTime now = clock_.steady();
  const std::optional<uint64_t> known = state_.with([&](State& state) -> std::optional<uint64_t> {
    const bool first = state.check_at == os::SteadyTime::min();
    if (now < state.check_at) return state.revision;
    if (!first) state.check_at = now + options_.check_interval;
    return std::nullopt;
  });
  if (known) return *known;
  ASSIGN_OR_RETURN(const uint64_t revision, meta_.revision(wire::kMetadataKind, deadline));
  state_.with([&](State& state) {
    state.revision = revision;
    state.check_at = now + options_.check_interval;
  });
  return revision;
}

Result<MetadataCache::Entry> MetadataCache::read(TenantId tenant, uint64_t revision, Deadline deadline) {
  ASSIGN_OR_RETURN(const std::vector<meta::Document> documents,
                   meta_.list(tenant, wire::kMetadataKind, deadline));
  MetricDescriptions metrics;
  Entry entry{nullptr, revision, sizeof(Entry)};
  for (const meta::Document& document : documents) {
    entry.bytes += document.body.size();
    metrics.merge(wire::decode_metadata_document(document.body));
  }
  entry.metrics = std::make_shared<const MetricDescriptions>(std::move(metrics));
  return entry;
}

void MetadataCache::keep(TenantId tenant, const Entry& entry) {
  state_.with([&](State& state) {
    Entry& kept = state.tenants[tenant];
    state.bytes += entry.bytes - kept.bytes;
    kept = entry;
    for (auto at = state.tenants.begin(); state.bytes > options_.bytes_max && at != state.tenants.end();) {
      const auto other = at++;
      if (other->first == tenant) continue;
      state.bytes -= other->second.bytes;
      state.tenants.erase(other);
    }
  });
}

}  // namespace weir::gateway
