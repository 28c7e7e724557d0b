#include "ingest/known_metadata.h"

#include <algorithm>
#include <vector>

#include "base/hash.h"
#include "wire/metadata_document.h"

namespace weir::ingest {
namespace {

uint64_t description_hash(MetricType type, std::string_view unit, std::string_view help) {
  const uint64_t hash = stable_hash(help, stable_hash(unit, static_cast<uint64_t>(type)));
  return hash == 0 ? 1 : hash;
}

}  // namespace

MetadataHash MetadataHash::of(const MetricMetadata& metadata) {
  return {wire::metric_hash(metadata.metric), description_hash(metadata.type, metadata.unit, metadata.help)};
}

uint64_t MetadataHash::of(const MetricDescription& description) {
  return description_hash(description.type, description.unit, description.help);
}

// A free one, which all lie behind those taken, else that of the description that was not sent for the
// longest time. There is none while all are in use.
size_t KnownMetadata::place_of_new(const Metric& metric, uint32_t now_s) {
  const auto free = std::ranges::find(metric.hashes, 0u);
  if (free != metric.hashes.end()) return static_cast<size_t>(free - metric.hashes.begin());
  const auto oldest = std::ranges::min_element(metric.seen_s);
  if (now_s - *oldest < kInUseSeconds) return metric.hashes.size();
  return static_cast<size_t>(oldest - metric.seen_s.begin());
}

void KnownMetadata::put_first(Metric& metric, size_t from, uint64_t hash, uint32_t now_s) {
  std::copy_backward(metric.hashes.begin(), metric.hashes.begin() + from, metric.hashes.begin() + from + 1);
  std::copy_backward(metric.seen_s.begin(), metric.seen_s.begin() + from, metric.seen_s.begin() + from + 1);
  metric.hashes[0] = hash;
  metric.seen_s[0] = now_s;
}

KnownMetadata::Verdict KnownMetadata::see(TenantId tenant, MetadataHash hash, uint32_t metrics_max,
                                          uint32_t now_s) {
  Tenant& of_tenant = tenants_[tenant];
  of_tenant.seen_s = now_s;
  auto found = of_tenant.metrics.find(hash.metric);
  if (found == of_tenant.metrics.end()) {
    if (of_tenant.metrics.size() >= metrics_max) return Verdict::kTooManyMetrics;
    found = of_tenant.metrics.try_emplace(hash.metric).first;
    ++metrics_;
  }
  Metric& metric = found->second;
  const size_t places = metric.hashes.size();
  const auto at =
      static_cast<size_t>(std::ranges::find(metric.hashes, hash.description) - metric.hashes.begin());
  if (at < places) {
    metric.seen_s[at] = now_s;
    if (now_s - metric.seen_s[0] < kInUseSeconds) return Verdict::kKnown;
    put_first(metric, at, hash.description, now_s);
    return Verdict::kInUseAgain;
  }
  const size_t place = place_of_new(metric, now_s);
  if (place == places) return Verdict::kTooManyDescriptions;
  put_first(metric, place, hash.description, now_s);
  return Verdict::kNew;
}

void KnownMetadata::learn(TenantId tenant, uint64_t metric, std::span<const uint64_t> descriptions,
                          uint32_t now_s) {
  Tenant& of_tenant = tenants_[tenant];
  const auto [found, added] = of_tenant.metrics.try_emplace(metric);
  metrics_ += added;
  const Metric before = found->second;
  Metric& after = found->second = {};
  for (size_t i = 0; i < std::min(descriptions.size(), after.hashes.size()); ++i) {
    const auto at = std::ranges::find(before.hashes, descriptions[i]) - before.hashes.begin();
    const bool seen = at < std::ssize(before.hashes);
    after.hashes[i] = descriptions[i];
    after.seen_s[i] = seen ? before.seen_s[static_cast<size_t>(at)] : now_s;
  }
}

void KnownMetadata::forget(TenantId tenant, uint64_t metric) {
  const auto found = tenants_.find(tenant);
  if (found != tenants_.end()) metrics_ -= found->second.metrics.erase(metric);
}

bool KnownMetadata::is_complete(TenantId tenant) const {
  const auto found = tenants_.find(tenant);
  return found != tenants_.end() && found->second.complete;
}

void KnownMetadata::set_complete(TenantId tenant) {
  tenants_[tenant].complete = true;
}

size_t KnownMetadata::metrics(TenantId tenant) const {
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? 0 : found->second.metrics.size();
}

void KnownMetadata::shrink(size_t metrics_max) {
  if (metrics_ <= metrics_max) return;
  std::vector<std::pair<uint32_t, TenantId>> by_age;
  for (const auto& [tenant, of_tenant] : tenants_) by_age.emplace_back(of_tenant.seen_s, tenant);
  std::ranges::sort(by_age);
  for (const auto& [seen_s, tenant] : by_age) {
    if (metrics_ <= metrics_max) return;
    const auto found = tenants_.find(tenant);
    metrics_ -= found->second.metrics.size();
    tenants_.erase(found);
  }
}

}  // namespace weir::ingest
