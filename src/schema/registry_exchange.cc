#include "schema/registry_exchange.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "schema/registry_answers.h"

namespace weir::schema {
namespace {

constexpr os::milliseconds kTryTimeout{5'000};
constexpr size_t kAnswerBytesMax = 4u << 20;
constexpr size_t kIdleConnectionsMax = 4;
constexpr std::string_view kContentType = "application/vnd.schemaregistry.v1+json";

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// What another try may cure.
bool may_pass(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kDeadlineExceeded ||
         error.code == Code::kInternal;
}

// The client names the address; its other words may hold the URL, and with it a password.
Error error_of_client(Error error) {
  switch (error.code) {
    case Code::kInvalidArgument:
      return invalid_argument(
          "schema registry: its URL cannot be called: http:// or https://, a host, a port");
    case Code::kResourceExhausted:
      return corruption(fmt::format("schema registry: an answer of more than {} bytes", kAnswerBytesMax));
    default:
      return std::move(error).context("schema registry");
  }
}

}  // namespace

RegistryExchange::RegistryExchange(const RegistryOptions& options, os::Clock& clock,
                                   telemetry::Registry& registry)
    : url_(without_slash(options.url)),
      authorization_(options.user.empty() ? "" : "Basic " + base64(options.user + ":" + options.password)),
      clock_(clock),
      breaker_("schema registry", options.breaker, clock, os::random_seed()),
      random_(std::in_place, os::random_seed()),
      good_(registry.counter("weir_schema_registry_requests_total", "Requests to the Schema Registry.",
                             {{"result", "ok"}})),
      failed_(registry.counter("weir_schema_registry_requests_total", "Requests to the Schema Registry.",
                               {{"result", "error"}})),
      seconds_(registry.histogram("weir_schema_registry_request_seconds",
                                  "Time of a request to the Schema Registry.",
                                  telemetry::duration_bounds())) {}

Result<std::string> RegistryExchange::ask(std::string_view method, std::string_view path, std::string body,
                                          Deadline deadline) {
  const net::ClientRequest request = request_of(method, path, std::move(body));
  ASSIGN_OR_RETURN(Permit permit, breaker_.try_acquire());
  Result<std::string> answer = try_once(request, std::move(permit), deadline);
  if (answer.ok() || !may_pass(answer.error()) || !pause(deadline)) return answer;
  Result<Permit> second = breaker_.try_acquire();
  // What failed says more than a breaker that has opened over it.
  return second.ok() ? try_once(request, std::move(second).value(), deadline) : std::move(answer);
}

net::ClientRequest RegistryExchange::request_of(std::string_view method, std::string_view path,
                                                std::string body) const {
  net::ClientRequest request;
  request.method = method;
  request.url = url_ + std::string(path);
  request.headers.add("Accept", std::string(kContentType));
  if (!body.empty()) request.headers.add("Content-Type", std::string(kContentType));
  if (!authorization_.empty()) request.headers.add("Authorization", authorization_);
  request.body = std::move(body);
  request.response_bytes_max = kAnswerBytesMax;
  return request;
}

Result<std::string> RegistryExchange::try_once(const net::ClientRequest& request, Permit permit,
                                               Deadline deadline) {
  const os::milliseconds left = deadline.left(clock_);
  if (left.count() == 0) return deadline_exceeded("schema registry: no time is left to ask");
  net::ClientRequest timed = request;
  timed.timeout = std::min(left, kTryTimeout);
  timed.connect_timeout = std::min(timed.connect_timeout, timed.timeout);
  const os::SteadyTime began = clock_.steady();
  Result<std::string> answer = send(timed);
  seconds_.observe(std::chrono::duration<double>(clock_.steady() - began).count());
  (answer.ok() ? good_ : failed_).add();
  permit.settle(answer.ok() ? ok_status() : Status(answer.error()));
  return answer;
}

Result<std::string> RegistryExchange::send(const net::ClientRequest& request) {
  net::HttpClient client = take_client();
  Result<net::HttpResponse> response = client.send(request);
  give_back(std::move(client));
  if (!response.ok()) return error_of_client(std::move(response).error());
  if (response->status != 200) return error_of_answer(response->status, response->body);
  return std::move(response->body);
}

bool RegistryExchange::pause(Deadline deadline) {
  const double share = random_.with([](os::Random& random) { return random.unit(); });
  const os::milliseconds delay(50 + static_cast<int64_t>(100 * share));
  if (deadline.left(clock_) <= delay) return false;
  return clock_.sleep_until(clock_.steady() + delay, {});
}

net::HttpClient RegistryExchange::take_client() {
  std::optional<net::HttpClient> idle = idle_.with([](std::vector<net::HttpClient>& all) {
    if (all.empty()) return std::optional<net::HttpClient>();
    std::optional<net::HttpClient> client = std::move(all.back());
    all.pop_back();
    return client;
  });
  return idle ? std::move(*idle) : net::HttpClient();
}

void RegistryExchange::give_back(net::HttpClient client) {
  idle_.with([&](std::vector<net::HttpClient>& idle) {
    if (idle.size() < kIdleConnectionsMax) idle.push_back(std::move(client));
  });
}

}  // namespace weir::schema
