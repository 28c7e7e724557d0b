#include <memory>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/remote_write_type.h"
#include "gateway/routes/handlers.h"
#include "gateway/write_quota.h"
#include "net/ascii.h"
#include "wire/remote_write.h"
#include "wire/remote_write_2.h"

// Prometheus remote write, 1.0 and 2.0. Senders retry 5xx and give up on 4xx, so everything that may pass by
// itself is 503.
namespace weir::gateway {
namespace {

using enum RemoteWriteVersion;

/// Why the body's encoding is not one that we read.
std::optional<net::HttpResponse> refuse_encoding(const net::Headers& headers) {
  const std::string_view encoding = headers.get("Content-Encoding");
  if (encoding.empty() || net::equals_ignore_case(encoding, "snappy")) return std::nullopt;
  return net::HttpResponse::text(415,
                                 fmt::format("Content-Encoding \"{}\": remote write is snappy\n", encoding));
}

/// 415 lets newer senders fall back to a version that we read.
net::HttpResponse refuse_type(std::string_view type) {
  return net::HttpResponse::text(
      415, fmt::format("Content-Type \"{}\": remote write is application/x-protobuf, 1.0 by itself or with "
                       "proto=prometheus.WriteRequest, 2.0 with proto=io.prometheus.write.v2.Request\n",
                       type));
}

/// What of a 2.0 request is durable. Its sender takes the rest for lost, for good where the status is 2xx or
/// 4xx.
struct Written {
  uint64_t samples = 0;  ///< That are doubles.
  uint64_t histograms = 0;
  uint64_t exemplars = 0;
};

constexpr std::string_view kSamplesWritten = "X-Prometheus-Remote-Write-Samples-Written";

void set_written(const Written& written, net::HttpResponse& response) {
  response.headers.set(kSamplesWritten, fmt::to_string(written.samples));
  response.headers.set("X-Prometheus-Remote-Write-Histograms-Written", fmt::to_string(written.histograms));
  response.headers.set("X-Prometheus-Remote-Write-Exemplars-Written", fmt::to_string(written.exemplars));
}

/// Has every answer say what was written: nothing, unless it says more itself. Where a failure leaves open
/// what is durable, the sender repeats all of it, and counts what the last answer says.
net::Responder telling_written(net::Responder respond) {
  return [respond = std::move(respond)](net::HttpResponse response) mutable {
    if (!response.headers.has(kSamplesWritten)) set_written({}, response);
    respond(std::move(response));
  };
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

/// "labels_too_long=2,not_utf8=1": the same for exemplars.
std::string dropped_by_fault(const ExemplarFaults& dropped) {
  std::string text;
  for (size_t i = 0; i < kExemplarFaultCount; ++i) {
    if (dropped[i] == 0) continue;
    fmt::format_to(std::back_inserter(text), "{}{}={}", text.empty() ? "" : ",",
                   fault_code(static_cast<ExemplarFault>(i)), dropped[i]);
  }
  return text;
}

/// In 1.0 exemplars are an extra, and dropping one refuses nothing. 2.0 wants to hear of all that was sent
/// and is not written.
net::HttpResponse verdict_response(const ingest::Verdict& verdict, RemoteWriteVersion version) {
  const std::string exemplars = version == k2 ? dropped_by_fault(verdict.dropped_exemplars) : std::string();
  if (verdict.rejected_samples == 0 && exemplars.empty()) return net::HttpResponse{204, {}, {}};
  std::string text =
      fmt::format("{} samples accepted, {} rejected\n", verdict.accepted_samples, verdict.rejected_samples);
  if (!exemplars.empty()) {
    fmt::format_to(std::back_inserter(text), "{} exemplars accepted, dropped: {}\n",
                   verdict.accepted_exemplars, exemplars);
  }
  for (const ingest::Rejection& rejection : verdict.rejections) {
    fmt::format_to(std::back_inserter(text), "series {}: {}: {}\n", rejection.series_index, rejection.reason,
                   rejection.message);
  }
  auto response = net::HttpResponse::text(400, std::move(text));
  if (verdict.rejected_samples > 0) response.headers.set("X-Weir-Rejected", rejected_by_reason(verdict));
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
  for (size_t i = 0; i < kExemplarFaultCount; ++i)
    verdict.dropped_exemplars[i] += extras.invalid_exemplars[i];
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

net::HttpResponse answer(Result<ingest::Verdict> verdict, const wire::RemoteWriteExtras& extras,
                         RemoteWriteVersion version) {
  if (!verdict.ok()) return verdict_error(verdict.error());
  add_invalid(extras, *verdict);
  net::HttpResponse response = verdict_response(*verdict, version);
  if (version == k2) {
    set_written({.samples = verdict->accepted_samples - verdict->accepted_histograms,
                 .histograms = verdict->accepted_histograms,
                 .exemplars = verdict->accepted_exemplars},
                response);
  }
  return response;
}

void write(Services& services, Call call, TenantId tenant, RemoteWriteVersion version) {
  thread_local std::string scratch;  // kept by each event loop and worker for its memory
  ingest::Ingester& ingester = services.writing().ingester;
  std::shared_ptr<Batch> batch = ingester.new_batch();
  const auto decode = version == k2 ? wire::decode_remote_write_2 : wire::decode_remote_write;
  auto extras = decode(call.request.body, services.options.decoded_bytes_max, scratch, *batch);
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
  ingester.write(
      write_context(services, call.request.headers, tenant), std::move(batch),
      [version, respond = std::move(call.respond), extras = *std::move(extras)](
          Result<ingest::Verdict> verdict) mutable { respond(answer(std::move(verdict), extras, version)); });
}

}  // namespace

void handle_remote_write(Services& services, Call call) {
  const std::string_view type = call.request.headers.get("Content-Type");
  const std::optional<RemoteWriteVersion> version = remote_write_version(type);
  if (!version) return call.respond(refuse_type(type));
  if (version == k2) call.respond = telling_written(std::move(call.respond));
  if (auto refused = refuse_encoding(call.request.headers)) return call.respond(std::move(*refused));
  with_writing_tenant(services, std::move(call), fail,
                      [version](Services& parts, Call held, TenantId tenant) {
                        write(parts, std::move(held), tenant, *version);
                      });
}

}  // namespace weir::gateway
