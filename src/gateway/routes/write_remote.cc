#include <memory>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/routes/handlers.h"
#include "gateway/write_quota.h"
#include "wire/remote_write.h"

// Prometheus remote write 1.0. Senders retry 5xx and give up on 4xx, so everything that may pass by itself is
// 503.
namespace weir::gateway {
namespace {

/// The body's encoding and message, or why it is not one that we read: 415 lets newer senders fall back
/// to 1.0.
std::optional<net::HttpResponse> refuse_encoding(const net::Headers& headers) {
  const std::string_view type = headers.get("Content-Type");
  const std::string_view encoding = headers.get("Content-Encoding");
  if (!encoding.empty() && encoding != "snappy") {
    return net::HttpResponse::text(
        415, fmt::format("Content-Encoding \"{}\": remote write is snappy\n", encoding));
  }
  const bool other_message = type.find("proto=") != std::string_view::npos &&
                             type.find("proto=prometheus.WriteRequest") == std::string_view::npos;
  if (other_message || (!type.empty() && !type.starts_with("application/x-protobuf"))) {
    return net::HttpResponse::text(
        415, fmt::format("Content-Type \"{}\": remote write 1.0 is application/x-protobuf\n", type));
  }
  return std::nullopt;
}

/// "too_far_in_future=3,labels_per_series=12": samples refused, for programs that count them.
std::string rejected_by_reason(const ingest::Verdict& verdict) {
  std::string text;
  for (size_t i = 0; i < ingest::kReasonCount; ++i) {
    if (verdict.rejected_by_reason[i] == 0) continue;
    fmt::format_to(std::back_inserter(text), "{}{}={}", text.empty() ? "" : ",",
                   ingest::reason_code(static_cast<ingest::Reason>(i)), verdict.rejected_by_reason[i]);
  }
  return text;
}

net::HttpResponse verdict_response(const ingest::Verdict& verdict) {
  if (verdict.rejected_samples == 0) return net::HttpResponse{204, {}, {}};
  std::string text =
      fmt::format("{} samples accepted, {} rejected\n", verdict.accepted_samples, verdict.rejected_samples);
  for (const ingest::Rejection& rejection : verdict.rejections) {
    fmt::format_to(std::back_inserter(text), "series {}: {}: {}\n", rejection.series_index, rejection.reason,
                   rejection.message);
  }
  auto response = net::HttpResponse::text(400, std::move(text));
  response.headers.set("X-Weir-Rejected", rejected_by_reason(verdict));
  return response;
}

/// A full queue or a log that closes has taken nothing; of other failures that is not known.
net::HttpResponse verdict_error(const Error& error) {
  const bool nothing = error.code == Code::kResourceExhausted || error.code == Code::kCancelled;
  return nothing ? nothing_taken(write_error(error)) : write_error(error);
}

net::HttpResponse fail(const Error& error) {
  return nothing_taken(write_error(error));
}

/// Adds what the decoder refused to what ingest judged.
void add_invalid(const wire::RemoteWriteExtras& extras, ingest::Verdict& verdict) {
  verdict.rejected_samples += extras.invalid_histograms;
  verdict.rejected_by_reason[static_cast<size_t>(ingest::Reason::kInvalidHistogram)] +=
      extras.invalid_histograms;
  for (const wire::InvalidHistogram& invalid : extras.invalid) {
    if (verdict.rejections.size() == ingest::kRejectionsKept) return;
    verdict.rejections.push_back({invalid.series_index,
                                  ingest::reason_code(ingest::Reason::kInvalidHistogram), invalid.message, 0,
                                  1});
  }
}

/// Whatever becomes of the samples; the views end with the call.
void keep_metadata(Services& services, TenantId tenant, wire::RemoteWriteExtras& extras) {
  ingest::MetadataWriter& writer = services.writing().metadata;
  if (extras.invalid_metadata != MetadataFaults{}) writer.count_dropped(extras.invalid_metadata);
  if (extras.metadata.empty()) return;
  writer.take(tenant, extras.metadata, services.options.limits);
  extras.metadata.clear();
}

void write(Services& services, Call call, TenantId tenant) {
  thread_local std::string scratch;  // kept by each event loop and worker for its memory
  ingest::Ingester& ingester = services.writing().ingester;
  std::shared_ptr<Batch> batch = ingester.new_batch();
  auto extras =
      wire::decode_remote_write(call.request.body, services.options.decoded_bytes_max, scratch, *batch);
  if (!extras.ok()) {
    const bool too_large = extras.error().code == Code::kResourceExhausted;
    return call.respond(net::HttpResponse::text(too_large ? 413 : 400, extras.error().message + "\n"));
  }
  if (auto refusal = take_quota(services, tenant, batch->sample_count() + batch->exemplar_count())) {
    auto response = net::HttpResponse::text(refusal->status, refusal->error.message + "\n");
    return call.respond(with_retry_after(std::move(response), *refusal));
  }
  ingester.count_refused(ingest::Reason::kInvalidHistogram, extras->invalid_histograms);
  ingester.count_dropped(extras->invalid_exemplars);
  keep_metadata(services, tenant, *extras);
  ingester.write(write_context(services, call.request.headers, tenant), std::move(batch),
                 [respond = std::move(call.respond),
                  extras = *std::move(extras)](Result<ingest::Verdict> verdict) mutable {
                   if (!verdict.ok()) return respond(verdict_error(verdict.error()));
                   add_invalid(extras, *verdict);
                   respond(verdict_response(*verdict));
                 });
}

}  // namespace

void handle_remote_write(Services& services, Call call) {
  if (auto refused = refuse_encoding(call.request.headers)) return call.respond(std::move(*refused));
  with_writing_tenant(services, std::move(call), fail, write);
}

}  // namespace weir::gateway
