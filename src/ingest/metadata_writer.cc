#include "ingest/metadata_writer.h"

#include <algorithm>
#include <utility>

namespace weir::ingest {
namespace {

/// Entries that are looked up under one lock.
constexpr size_t kAtOnce = 64;

std::array<telemetry::Counter*, kMetadataFaultCount> dropped_counters(telemetry::Registry& registry) {
  std::array<telemetry::Counter*, kMetadataFaultCount> counters;
  for (size_t i = 0; i < kMetadataFaultCount; ++i) {
    const std::string code(fault_code(static_cast<MetadataFault>(i)));
    counters[i] =
        &registry.counter("weir_ingest_dropped_metadata_total",
                          "Entries of metric metadata that are not kept, by reason.", {{"reason", code}});
  }
  return counters;
}

std::optional<MetadataFault> fault_of(const MetricMetadata& metadata, const Limits& limits) {
  if (metadata.metric.size() > limits.label_value_bytes_max) return MetadataFault::kMetricNameBytes;
  if (metadata.unit.size() > limits.label_value_bytes_max) return MetadataFault::kUnitBytes;
  return std::nullopt;
}

PendingMetadata to_pending(const MetricMetadata& metadata, bool in_use_again, uint32_t metrics_max) {
  return {std::string(metadata.metric),
          {metadata.type, std::string(metadata.unit), std::string(metadata.help)},
          in_use_again,
          metrics_max};
}

}  // namespace

MetadataWriter::MetadataWriter(MetadataWriterOptions options, meta::MetaStore& meta, os::Clock& clock,
                               telemetry::Registry& registry)
    : options_(options),
      meta_(meta),
      clock_(clock),
      began_(clock.steady()),
      counters_{registry.counter("weir_ingest_metadata_total", "Entries of metric metadata that came."),
                dropped_counters(registry),
                registry.counter("weir_ingest_metadata_documents_total",
                                 "Documents of metric metadata written to the catalogue."),
                registry.counter("weir_ingest_metadata_failures_total",
                                 "Rounds that could not write all metric metadata to the catalogue."),
                registry.gauge("weir_ingest_metadata_pending_bytes",
                               "Metric metadata that waits for the catalogue.")} {}

MetadataWriter::~MetadataWriter() {
  stop();
}

void MetadataWriter::start() {
  thread_ = os::Thread("metadata-writer", [this](const std::stop_token& stop) { run(stop); });
}

void MetadataWriter::stop() {
  if (std::exchange(stopped_, true)) return;
  thread_.request_stop();
  thread_.join();
  const Status done = flush(Deadline::after(clock_, options_.stop_timeout));
  if (!done.ok()) complain(done.error());
}

void MetadataWriter::run(const std::stop_token& stop) {
  os::milliseconds pause = options_.interval;
  while (clock_.sleep_until(clock_.steady() + pause, stop)) {
    const Status done = flush(Deadline::never(), stop);
    pause = done.ok() ? options_.interval : std::min(2 * pause, options_.retry_max);
    if (!done.ok()) complain(done.error());
  }
}

uint32_t MetadataWriter::now_s() const {
  return static_cast<uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(clock_.steady() - began_).count());
}

void MetadataWriter::take(TenantId tenant, std::span<const MetricMetadata> metadata, const Limits& limits) {
  MetadataFaults dropped{};
  counters_.entries.add(metadata.size());
  while (!metadata.empty()) {
    const auto some = metadata.first(std::min(metadata.size(), kAtOnce));
    take_some(tenant, some, limits, dropped);
    metadata = metadata.subspan(some.size());
  }
  count_dropped(dropped);
}

void MetadataWriter::take_some(TenantId tenant, std::span<const MetricMetadata> some, const Limits& limits,
                               MetadataFaults& dropped) {
  std::array<MetadataHash, kAtOnce> hashes;
  for (size_t i = 0; i < some.size(); ++i) hashes[i] = MetadataHash::of(some[i]);
  const uint32_t now = now_s();
  shared_.with([&](Shared& shared) {
    for (size_t i = 0; i < some.size(); ++i) {
      std::optional<MetadataFault> fault = fault_of(some[i], limits);
      if (!fault) fault = admit(shared, {tenant, some[i], hashes[i], limits.metadata_metrics_max, now});
      if (fault) ++dropped[static_cast<size_t>(*fault)];
    }
    counters_.pending_bytes.set(static_cast<double>(shared.pending_bytes));
  });
}

std::optional<MetadataFault> MetadataWriter::admit(Shared& shared, const Arrival& arrival) const {
  using enum KnownMetadata::Verdict;
  const auto verdict = shared.known.see(arrival.tenant, arrival.hash, arrival.metrics_max, arrival.now_s);
  if (verdict == kKnown) return std::nullopt;
  if (verdict == kTooManyMetrics) return MetadataFault::kMetricsPerTenant;
  if (verdict == kTooManyDescriptions) return MetadataFault::kDescriptionsPerMetric;
  PendingMetadata pending = to_pending(arrival.metadata, verdict == kInUseAgain, arrival.metrics_max);
  if (shared.pending_bytes + pending.bytes() > options_.pending_bytes_max) {
    // Not known after all, so that it is new when it comes again.
    shared.known.forget(arrival.tenant, arrival.hash.metric);
    return MetadataFault::kQueueFull;
  }
  shared.pending_bytes += pending.bytes();
  shared.pending[arrival.tenant].push_back(std::move(pending));
  return std::nullopt;
}

void MetadataWriter::count_dropped(const MetadataFaults& dropped) {
  for (size_t i = 0; i < kMetadataFaultCount; ++i) {
    if (dropped[i] > 0) counters_.dropped[i]->add(dropped[i]);
  }
}

}  // namespace weir::ingest
