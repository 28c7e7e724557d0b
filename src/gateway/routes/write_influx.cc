#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/utf8.h"
#include "gateway/answers.h"
#include "gateway/influx_answers.h"
#include "gateway/routes/handlers.h"
#include "gateway/write_body.h"
#include "gateway/write_quota.h"
#include "wire/influx_line.h"

// InfluxDB's line protocol, by its versions 1 and 2. What senders drop and what they send again is in
// docs/influxdb.md.
namespace weir::gateway {
namespace {

/// Each field repeats the tags of its line, so series take more room than their text.
constexpr uint64_t kLabelBytesPerByte = 4;
constexpr uint64_t kLabelBytesMax = uint64_t{1} << 30;  // a batch counts them in 32 bits

template <InfluxVersion version>
net::HttpResponse fail(const Error& error) {
  return nothing_taken(influx_error(version, error));
}

/// The first hundred refusals, each on a line, in the order of the lines that were sent: what the decoder
/// refused, and what ingest did.
std::string describe(const wire::InfluxReport& report, const ingest::Verdict& verdict) {
  std::string text;
  auto out = std::back_inserter(text);
  auto fault = report.faults.begin();
  auto rejection = verdict.rejections.begin();
  for (size_t i = 0; i < ingest::kRejectionsKept; ++i) {
    const bool more_faults = fault != report.faults.end();
    const bool more_rejections = rejection != verdict.rejections.end();
    if (!more_faults && !more_rejections) break;
    const uint32_t line = more_rejections ? report.lines[rejection->series_index] : 0;
    if (more_faults && (!more_rejections || fault->line <= line)) {
      fmt::format_to(out, "\nline {}, column {}: {}", fault->line, fault->column, fault->message);
      ++fault;
    } else {
      fmt::format_to(out, "\nline {}: {}: {}", line, rejection->reason, rejection->message);
      ++rejection;
    }
  }
  return text;
}

/// 204 when all of it is stored, else 400, as InfluxDB does: what is good is kept, and sending the rest again
/// would not help.
net::HttpResponse answer(InfluxVersion version, const wire::InfluxReport& report,
                         const ingest::Verdict& verdict) {
  if (report.bad_lines == 0 && verdict.rejected_samples == 0) return net::HttpResponse{204, {}, {}};
  std::string text;
  auto out = std::back_inserter(text);
  if (verdict.accepted_samples == 0) {
    text = "nothing written:";
  } else {
    fmt::format_to(out, "partial write: samples written {},", verdict.accepted_samples);
  }
  if (report.bad_lines > 0) fmt::format_to(out, " lines malformed {},", report.bad_lines);
  if (verdict.rejected_samples > 0) fmt::format_to(out, " samples refused {},", verdict.rejected_samples);
  text.pop_back();
  return influx_failure(version, 400, text + describe(report, verdict));
}

/// A full queue or a log that closes has taken nothing; of other failures that is not known.
net::HttpResponse answer(InfluxVersion version, const Error& error) {
  const bool nothing = error.code == Code::kResourceExhausted || error.code == Code::kCancelled;
  net::HttpResponse response = influx_error(version, error);
  return nothing ? nothing_taken(std::move(response)) : response;
}

/// Senders of version 1 drop whatever is answered 4xx, so what may pass later is 503 to them.
net::HttpResponse answer(InfluxVersion version, const QuotaRefusal& refusal) {
  const int status = version == InfluxVersion::k1 && refusal.status == 429 ? 503 : refusal.status;
  return with_retry_after(influx_failure(version, status, refusal.error.message), refusal);
}

net::HttpResponse body_error(InfluxVersion version, const Error& error) {
  const int status = error.code == Code::kUnsupported         ? 415
                     : error.code == Code::kResourceExhausted ? 413
                                                              : 400;
  return influx_failure(version, status, error.message);
}

/// Errors: kInvalidArgument.
Result<wire::InfluxOptions> line_options(const Services& services, InfluxVersion version,
                                         const net::Params& params) {
  const GatewayOptions& options = services.options;
  wire::InfluxOptions lines;
  lines.now_ms = services.clock.wall_ms();
  lines.samples_max = options.json_elements_max;
  lines.label_bytes_max = std::min(kLabelBytesPerByte * options.decoded_bytes_max, kLabelBytesMax);
  const std::string_view precision = params.get("precision").value_or("");
  const auto known = wire::influx_precision(precision);
  if (!known) {
    return invalid_argument(fmt::format(
        "precision \"{}\": expected ns, us, ms, s, m or h (n and u are the first two)", precision));
  }
  lines.precision = *known;
  const std::string_view database = version == InfluxVersion::k1 ? "db" : "bucket";
  lines.extra = {options.influx_db_label, params.get(database).value_or("")};
  if (!is_utf8(lines.extra.value)) return invalid_argument(fmt::format("{}: not UTF-8", database));
  return lines;
}

void count(Services& services, const wire::InfluxReport& report) {
  constexpr std::string_view kBad = "weir_ingest_influx_bad_lines_total";
  constexpr std::string_view kStrings = "weir_ingest_influx_strings_total";
  if (report.bad_lines > 0)
    services.registry.counter(kBad, "Lines of InfluxDB's protocol that are malformed.").add(report.bad_lines);
  if (report.strings > 0)
    services.registry.counter(kStrings, "Fields that hold text, which is not kept.").add(report.strings);
}

void write(Services& services, Call call, TenantId tenant, InfluxVersion version) {
  ingest::Ingester& ingester = services.writing().ingester;
  std::shared_ptr<Batch> batch = ingester.new_batch();
  const auto options = line_options(services, version, call.request.query);
  if (!options.ok()) return call.respond(body_error(version, options.error()));
  std::string storage;
  const auto text = plain_or_gzip(call.request, services.options.decoded_bytes_max, storage);
  if (!text.ok()) return call.respond(body_error(version, text.error()));
  auto report = wire::decode_influx_lines(*text, *options, *batch);
  if (!report.ok()) return call.respond(body_error(version, report.error()));
  if (auto refusal = take_quota(services, tenant, batch->sample_count()))
    return call.respond(answer(version, *refusal));
  count(services, *report);
  ingester.write(
      write_context(services, call.request.headers, tenant), std::move(batch),
      [version, respond = std::move(call.respond),
       report = *std::move(report)](Result<ingest::Verdict> verdict) mutable {
        respond(verdict.ok() ? answer(version, report, *verdict) : answer(version, verdict.error()));
      });
}

template <InfluxVersion version>
void handle(Services& services, Call call) {
  with_writing_tenant(
      services, std::move(call), fail<version>,
      [](Services& parts, Call held, TenantId tenant) { write(parts, std::move(held), tenant, version); });
}

}  // namespace

void handle_influx_write(Services& services, Call call) {
  handle<InfluxVersion::k1>(services, std::move(call));
}
void handle_influx_write_v2(Services& services, Call call) {
  handle<InfluxVersion::k2>(services, std::move(call));
}

}  // namespace weir::gateway
