#include <boost/json.hpp>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/routes/handlers.h"
#include "gateway/slot.h"
#include "wire/json_writer.h"

// Tells a receiver that this is a test.
namespace weir::gateway {
namespace {

/// Each takes a worker for as long as it runs.
constexpr int kAtOnceMax = 2;

Result<std::string> receiver_of(const std::string& body) {
  boost::json::error_code bad_syntax;
  const boost::json::value value = boost::json::parse(body, bad_syntax);
  const boost::json::object* object = bad_syntax ? nullptr : value.if_object();
  const boost::json::value* name = object == nullptr ? nullptr : object->if_contains("receiver");
  if (name == nullptr || !name->is_string())
    return invalid_argument("the body is to be a JSON object with the text \"receiver\"");
  return std::string(name->get_string());
}

std::string outcomes_json(const std::string& receiver, const std::vector<notify::TestOutcome>& outcomes) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.text("receiver", receiver);
  json.key("integrations");
  json.begin_array();
  for (const notify::TestOutcome& outcome : outcomes) {
    json.begin_object();
    json.text("integration", outcome.integration);
    json.text("status", outcome.delivered ? "ok" : "failed");
    if (!outcome.delivered) json.text("error", outcome.error);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

Result<net::HttpResponse> answer(Services& services, const net::HttpRequest& request) {
  ASSIGN_OR_RETURN(const std::string receiver, receiver_of(request.body));
  const Slot slot(*services.receiver_tests, kAtOnceMax);
  if (!slot.taken()) {
    return unavailable(
        fmt::format("tests of receivers: {} run already, limit {}; try again later", kAtOnceMax, kAtOnceMax));
  }
  ASSIGN_OR_RETURN(const auto outcomes, services.notifications->notifier.test(receiver));
  return net::HttpResponse::json(200, outcomes_json(receiver, outcomes));
}

}  // namespace

void handle_notifications_test(Services& services, Call call) {
  if (!services.notifications)
    return call.respond(services.ruler ? problem(no_notifications()) : not_served(services.process, "ruler"));
  on_worker(services, std::move(call), problem, [](Services& parts, const net::HttpRequest& request) {
    auto response = answer(parts, request);
    return response.ok() ? *std::move(response) : problem(response.error());
  });
}

}  // namespace weir::gateway
