#include "gateway/answers.h"
#include "gateway/routes/handlers.h"
#include "gateway/write_body.h"
#include "gateway/write_quota.h"
#include "wire/json_write.h"
#include "wire/json_writer.h"

// The simple JSON write: one sample, or an array of them.
namespace weir::gateway {
namespace {

std::string_view outcome(const ingest::Verdict& verdict) {
  if (verdict.rejected_samples == 0) return "success";
  return verdict.accepted_samples > 0 ? "partial" : "rejected";
}

/// 200 when anything was stored, else 400; either way each rejection is named by the index of its element.
net::HttpResponse verdict_response(const ingest::Verdict& verdict) {
  std::string body;
  wire::JsonWriter json(body);
  json.begin_object();
  json.text("status", outcome(verdict));
  json.integer("accepted", static_cast<int64_t>(verdict.accepted_samples));
  json.integer("rejected", static_cast<int64_t>(verdict.rejected_samples));
  json.key("rejections");
  json.begin_array();
  for (const ingest::Rejection& rejection : verdict.rejections) {
    json.begin_object();
    json.integer("index", rejection.series_index);
    json.text("reason", rejection.reason);
    json.integer("limit", static_cast<int64_t>(rejection.limit));
    json.text("message", rejection.message);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  const bool nothing_stored = verdict.accepted_samples == 0 && verdict.rejected_samples > 0;
  return net::HttpResponse::json(nothing_stored ? 400 : 200, std::move(body));
}

net::HttpResponse body_error(const Error& error) {
  if (error.code == Code::kUnsupported) return problem(415, error);
  if (error.code != Code::kResourceExhausted) return problem(error);
  return problem(413, Error{Code::kInvalidArgument, error.message});
}

/// A full queue or a log that closes has taken nothing; of other failures that is not known.
net::HttpResponse verdict_error(const Error& error) {
  const bool nothing = error.code == Code::kResourceExhausted || error.code == Code::kCancelled;
  return nothing ? nothing_taken(problem(503, error)) : problem(503, error);
}

void write(Services& services, Call call, TenantId tenant) {
  ingest::Ingester& ingester = services.writing().ingester;
  std::shared_ptr<Batch> batch = ingester.new_batch();
  std::string storage;
  auto text = plain_or_gzip(call.request, services.options.decoded_bytes_max, storage);
  if (!text.ok()) return call.respond(body_error(text.error()));
  Status decoded =
      wire::decode_json_write(*text, services.clock.wall_ms(), services.options.json_elements_max, *batch);
  if (!decoded.ok()) return call.respond(body_error(decoded.error()));
  if (auto refusal = take_quota(services, tenant, batch->sample_count()))
    return call.respond(with_retry_after(problem(refusal->status, refusal->error), *refusal));
  ingester.write(write_context(services, call.request.headers, tenant), std::move(batch),
                 [respond = std::move(call.respond)](Result<ingest::Verdict> verdict) mutable {
                   respond(verdict.ok() ? verdict_response(*verdict) : verdict_error(verdict.error()));
                 });
}

net::HttpResponse fail(const Error& error) {
  return nothing_taken(problem(error));
}

}  // namespace

void handle_json_write(Services& services, Call call) {
  with_writing_tenant(services, std::move(call), fail, write);
}

}  // namespace weir::gateway
