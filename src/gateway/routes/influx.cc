#include <algorithm>

#include "gateway/health.h"
#include "gateway/influx_answers.h"
#include "gateway/routes/handlers.h"
#include "net/ascii.h"
#include "wire/json_writer.h"

// What clients of InfluxDB ask before they write: whether there is a server, and whether it has their
// database.
namespace weir::gateway {
namespace {

/// The last of version 1, which has both ways to write: what clients take from it is what they may send.
constexpr std::string_view kInfluxVersion = "1.8.10";

std::string_view take_word(std::string_view& text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kSpaces));
  text.remove_prefix(word.size());
  return word;
}

bool takes(std::string_view& text, std::string_view word) {
  return net::equals_ignore_case(take_word(text), word);
}

/// `SHOW DATABASES`: the form of an answer with none. Every name is as good as another here.
constexpr std::string_view kNoDatabases =
    R"({"results":[{"statement_id":0,"series":[{"name":"databases","columns":["name"]}]}]})";
constexpr std::string_view kDone = R"({"results":[{"statement_id":0}]})";

net::HttpResponse answer(std::string_view statement) {
  statement = statement.substr(0, statement.find_last_not_of("; \t\r\n") + 1);
  std::string_view show = statement;
  if (takes(show, "SHOW") && takes(show, "DATABASES") && show.empty())
    return net::HttpResponse::json(200, std::string(kNoDatabases));
  std::string_view create = statement;
  if (takes(create, "CREATE") && takes(create, "DATABASE") && !take_word(create).empty())
    return net::HttpResponse::json(200, std::string(kDone));
  return influx_failure(InfluxVersion::k1, 400,
                        "of InfluxQL there are only SHOW DATABASES and CREATE DATABASE; ask in PromQL: "
                        "/api/v1/query?query=measurement_field");
}

}  // namespace

void handle_influx_ping(Services&, Call call) {
  net::HttpResponse response{204, {}, {}};
  response.headers.set("X-Influxdb-Version", std::string(kInfluxVersion));
  response.headers.set("X-Influxdb-Build", "Weir");
  call.respond(std::move(response));
}

void handle_influx_query(Services&, Call call) {
  const Result<net::Params> params = form_params(call.request);
  if (!params.ok()) return call.respond(influx_v1_error(params.error()));
  call.respond(answer(params->get("q").value_or("")));
}

void handle_query_page(Services& services, Call call) {
  const bool influx = call.request.query.get("q").has_value();
  influx ? handle_influx_query(services, std::move(call)) : handle_console(services, std::move(call));
}

void handle_influx_health(Services& services, Call call) {
  const Status status = ready(services);
  std::string body;
  wire::JsonWriter json(body);
  json.begin_object();
  json.text("name", "weir");
  json.text("message", status.ok() ? "ready for queries and writes" : status.error().message);
  json.text("status", status.ok() ? "pass" : "fail");
  json.key("checks");
  json.begin_array();
  json.end_array();
  json.text("version", services.process.version);
  json.text("commit", services.process.commit);
  json.end_object();
  auto response = net::HttpResponse::json(status.ok() ? 200 : 503, std::move(body));
  response.headers.set("Cache-Control", "no-store");
  call.respond(std::move(response));
}

}  // namespace weir::gateway
