#include <algorithm>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/parameters.h"
#include "gateway/routes/handlers.h"
#include "wire/json_writer.h"

// Records that were set aside, docs/formats/dead-letter.md.
namespace weir::gateway {
namespace {

constexpr os::milliseconds kLongest{60'000};
constexpr uint64_t kLimitDefault = 100;
constexpr uint64_t kLimitMax = 10'000;

struct Request {
  Offset from{0};
  size_t limit = kLimitDefault;
};

Result<Request> parse(const net::HttpRequest& http) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(http));
  ASSIGN_OR_RETURN(const uint64_t from, count_parameter(params, "from", 0));
  ASSIGN_OR_RETURN(const uint64_t limit, count_parameter(params, "limit", kLimitDefault));
  return Request{Offset(static_cast<int64_t>(from)), std::clamp<uint64_t>(limit, 1, kLimitMax)};
}

void write_letter(wire::JsonWriter& json, const tenant::TenantDirectory& tenants,
                  const stream::DeadLetters::Entry& entry) {
  json.begin_object();
  json.integer("id", entry.id.value());
  json.text("tenant", tenants.name_of(entry.tenant));
  json.text("at", format_time(entry.letter.at_ms));
  json.integer("partition", entry.letter.partition.value());
  json.integer("offset", entry.letter.offset.value());
  json.text("code", entry.letter.code);
  json.text("message", entry.letter.message);
  json.integer("payload_bytes", static_cast<int64_t>(entry.letter.payload.size()));
  json.end_object();
}

std::string letters_json(const tenant::TenantDirectory& tenants, const stream::DeadLetters::Page& page) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.key("dead_letters");
  json.begin_array();
  for (const auto& entry : page.entries) write_letter(json, tenants, entry);
  json.end_array();
  json.boolean("more", page.more);
  json.end_object();
  return out;
}

net::HttpResponse list(Services& services, const net::HttpRequest& http) {
  const auto request = parse(http);
  if (!request.ok()) return problem(request.error());
  const auto page = services.writing().dead_letters.list(request->from, request->limit,
                                                         Deadline::after(services.clock, kLongest));
  if (!page.ok()) return problem(page.error());
  return net::HttpResponse::json(200, letters_json(services.writing().tenants, *page));
}

net::HttpResponse replay(Services& services, const net::HttpRequest& http) {
  const auto request = parse(http);
  if (!request.ok()) return problem(request.error());
  const auto report = services.writing().dead_letters.replay(
      services.writing().log, request->from, request->limit, Deadline::after(services.clock, kLongest));
  if (!report.ok()) return problem(report.error());
  return net::HttpResponse::json(
      200, fmt::format(R"({{"replayed":{},"more":{}}})", report->replayed, report->more));
}

}  // namespace

void handle_dead_letters(Services& services, Call call) {
  on_worker(services, std::move(call), problem, list);
}

void handle_dead_letters_replay(Services& services, Call call) {
  on_worker(services, std::move(call), problem, replay);
}

}  // namespace weir::gateway
