#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "ingest/metadata_writer.h"
#include "meta/limits.h"
#include "telemetry/logger.h"
#include "wire/metadata_document.h"

// What the thread of the metadata writer does: pending entries into the catalogue's documents.
namespace weir::ingest {
namespace {

/// Others write the same document at the same time, now and then.
constexpr int kAttemptsMax = 10;
constexpr os::milliseconds kLogPause{60'000};

bool may_pass(const Error& error) {
  return error.retryable() || error.code == Code::kIo;
}

size_t bytes_of(std::span<const PendingMetadata> pending) {
  return std::transform_reduce(pending.begin(), pending.end(), size_t{0}, std::plus<>(),
                               [](const PendingMetadata& one) { return one.bytes(); });
}

uint64_t document_of(const PendingMetadata& pending) {
  return wire::metric_hash(pending.metric) % wire::kMetadataDocuments;
}

/// The document, or an empty one of version 0 where there is none.
Result<meta::Document> read_document(meta::MetaStore& meta, TenantId tenant, std::string_view key,
                                     Deadline deadline) {
  Result<meta::Document> found = meta.get(tenant, wire::kMetadataKind, key, deadline);
  if (!found.ok() && found.error().code == Code::kNotFound) return meta::Document();
  return found;
}

}  // namespace

Status MetadataWriter::flush(Deadline deadline, const std::stop_token& stop) {
  auto round = shared_.with([](Shared& shared) { return std::exchange(shared.pending, {}); });
  Status done;
  for (auto& [tenant, pending] : round) {
    const size_t bytes_before = bytes_of(pending);
    if (done.ok() && !stop.stop_requested()) done = write_tenant(tenant, pending, deadline, stop);
    const size_t bytes_left = bytes_of(pending);
    shared_.with([&, id = tenant](Shared& shared) {
      shared.pending_bytes -= bytes_before - bytes_left;
      counters_.pending_bytes.set(static_cast<double>(shared.pending_bytes));
      if (pending.empty()) return;
      std::vector<PendingMetadata>& queue = shared.pending[id];
      queue.insert(queue.begin(), std::make_move_iterator(pending.begin()),
                   std::make_move_iterator(pending.end()));
    });
  }
  shared_.with([&](Shared& shared) { shared.known.shrink(options_.known_metrics_max); });
  if (!done.ok()) counters_.failures.add();
  return done;
}

/// Leaves in `pending` what is still to be written.
Status MetadataWriter::write_tenant(TenantId tenant, std::vector<PendingMetadata>& pending, Deadline deadline,
                                    const std::stop_token& stop) {
  const bool complete = shared_.with([&](Shared& shared) { return shared.known.is_complete(tenant); });
  if (!complete) RETURN_IF_ERROR(learn_all(tenant, deadline));
  // Those of one document stay in the order in which they came.
  std::ranges::stable_sort(pending, std::greater(), document_of);
  while (!pending.empty() && !stop.stop_requested()) {
    const uint64_t number = document_of(pending.back());
    const auto first = std::ranges::lower_bound(pending, number, std::greater(), document_of);
    const std::span<const PendingMetadata> of_document(first, pending.end());
    const Status written = write_document(tenant, wire::metadata_document_key(number), of_document, deadline);
    if (!written.ok() && may_pass(written.error())) return written;
    if (!written.ok()) {
      complain(written.error());
      drop(MetadataFault::kRefused, of_document.size());
    }
    pending.erase(first, pending.end());
  }
  return {};
}

Status MetadataWriter::write_document(TenantId tenant, std::string_view key,
                                      std::span<const PendingMetadata> pending, Deadline deadline) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    ASSIGN_OR_RETURN(const meta::Document found, read_document(meta_, tenant, key, for_call(deadline)));
    const MetricDescriptions before = wire::decode_metadata_document(found.body);
    MetricDescriptions metrics = before;
    MetadataFaults dropped{};
    merge_within_limits(tenant, pending, metrics, dropped);
    const wire::MetadataDocument document = wire::encode_metadata_document(metrics, meta::kBodyBytesMax);
    if (metrics != before && document.body != found.body) {
      const auto version =
          meta_.put(tenant, wire::kMetadataKind, key, document.body, found.version, for_call(deadline));
      if (!version.ok() && version.error().code == Code::kAlreadyExists) continue;
      if (!version.ok()) return version.error();
      counters_.documents.add();
    }
    dropped[static_cast<size_t>(MetadataFault::kDocumentFull)] += document.left_out;
    count_dropped(dropped);
    learn(tenant, metrics);
    return {};
  }
  return unavailable(
      fmt::format("metadata document {}: others changed it {} times in between", key, kAttemptsMax));
}

/// Other processes may have brought metrics of the tenant meanwhile, or those of before the start were not
/// known yet when these came.
void MetadataWriter::merge_within_limits(TenantId tenant, std::span<const PendingMetadata> pending,
                                         MetricDescriptions& metrics, MetadataFaults& dropped) {
  for (const PendingMetadata& one : pending) {
    const bool beyond = !metrics.contains(one.metric) && shared_.with([&](Shared& shared) {
      if (shared.known.metrics(tenant) <= one.metrics_max) return false;
      shared.known.forget(tenant, wire::metric_hash(one.metric));
      return true;
    });
    if (beyond) {
      ++dropped[static_cast<size_t>(MetadataFault::kMetricsPerTenant)];
    } else {
      merge(one, metrics);
    }
  }
}

Status MetadataWriter::learn_all(TenantId tenant, Deadline deadline) {
  ASSIGN_OR_RETURN(const std::vector<meta::Document> documents,
                   meta_.list(tenant, wire::kMetadataKind, for_call(deadline)));
  for (const meta::Document& document : documents)
    learn(tenant, wire::decode_metadata_document(document.body));
  shared_.with([&](Shared& shared) { shared.known.set_complete(tenant); });
  return {};
}

void MetadataWriter::learn(TenantId tenant, const MetricDescriptions& metrics) {
  std::vector<std::pair<uint64_t, std::vector<uint64_t>>> hashes;
  for (const auto& [metric, descriptions] : metrics) {
    auto& of_metric = hashes.emplace_back(wire::metric_hash(metric), std::vector<uint64_t>()).second;
    for (const MetricDescription& one : descriptions) of_metric.push_back(MetadataHash::of(one));
  }
  const uint32_t now = now_s();
  shared_.with([&](Shared& shared) {
    for (const auto& [metric, descriptions] : hashes) shared.known.learn(tenant, metric, descriptions, now);
  });
}

Deadline MetadataWriter::for_call(Deadline deadline) const {
  const Deadline call = Deadline::after(clock_, options_.call_timeout);
  return call.when() < deadline.when() ? call : deadline;
}

void MetadataWriter::drop(MetadataFault fault, uint64_t entries) {
  counters_.dropped[static_cast<size_t>(fault)]->add(entries);
}

/// Logs at most once a minute.
void MetadataWriter::complain(const Error& error) {
  const os::SteadyTime now = clock_.steady();
  if (now < next_complaint_) return;
  next_complaint_ = now + kLogPause;
  telemetry::log_warn("ingest", "metric metadata is not in the catalogue yet", {{"error", error.message}});
}

}  // namespace weir::ingest
