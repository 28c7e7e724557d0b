#include "gateway/answers.h"
#include "gateway/routes/handlers.h"
#include "wire/json_writer.h"

// Prometheus' snapshot of the data, by hard links beside them; answers when it is whole and durable.
namespace weir::gateway {
namespace {

constexpr os::milliseconds kLongest{30 * 60 * 1'000};

Result<bool> skips_head(const net::HttpRequest& request) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(request));
  const std::string_view text = params.get("skip_head").value_or("");
  if (text.empty() || text == "false" || text == "0") return false;
  if (text == "true" || text == "1") return true;
  return invalid_argument("skip_head: expected true or false");
}

std::string answer(const Snapshot& snapshot) {
  std::string body;
  wire::JsonWriter json(body);
  json.begin_object();
  json.text("status", "success");
  json.key("data");
  json.begin_object();
  json.text("name", snapshot.name);
  json.text("path", snapshot.path);
  json.end_object();
  json.end_object();
  return body;
}

net::HttpResponse snapshot(Services& services, const net::HttpRequest& request) {
  const auto skip_head = skips_head(request);
  if (!skip_head.ok()) return problem(skip_head.error());
  const auto taken = services.take_snapshot(*skip_head, Deadline::after(services.clock, kLongest));
  return taken.ok() ? net::HttpResponse::json(200, answer(*taken)) : problem(taken.error());
}

}  // namespace

void handle_snapshot(Services& services, Call call) {
  if (!services.take_snapshot) return call.respond(not_served(services.process, "processor"));
  on_worker(services, std::move(call), problem, snapshot);
}

}  // namespace weir::gateway
