#include <algorithm>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/routes/handlers.h"
#include "notify/matcher_syntax.h"
#include "notify/silence_json.h"
#include "wire/json_writer.h"

// Silences, by Alertmanager's API v2: amtool and Grafana make them here as they do there.
namespace weir::gateway {
namespace {

constexpr os::milliseconds kTimeout{10'000};

/// One call of this API, when it is its turn.
struct SilenceCall {
  NotificationServices& services;
  const net::HttpRequest& request;
  std::string id;  ///< As the path has it; empty where it has none.
  std::string tenant_name;
  TimestampMs now_ms;
  Deadline deadline;

  const notify::Silences& known() const { return services.silences.known(); }
  /// Nobody when there is no such tenant.
  Result<TenantId> tenant() const {
    ASSIGN_OR_RETURN(const auto found, services.tenants.find(tenant_name, deadline));
    return found.value_or(TenantId::nobody());
  }
};

Result<std::vector<Matcher>> filter_of(const net::Params& params) {
  std::vector<Matcher> filter;
  for (const std::string_view text : params.all("filter")) {
    auto matchers = notify::parse_matchers(text);
    if (!matchers.ok()) return Error(matchers.error()).context("invalid parameter \"filter\"");
    filter.insert(filter.end(), matchers->begin(), matchers->end());
  }
  return filter;
}

Result<net::HttpResponse> list(const SilenceCall& call) {
  ASSIGN_OR_RETURN(const std::vector<Matcher> filter, filter_of(call.request.query));
  ASSIGN_OR_RETURN(const TenantId tenant, call.tenant());
  std::vector<notify::Silence> silences = call.known().list(tenant, call.now_ms);
  std::erase_if(silences, [&](const notify::Silence& silence) { return !silence.meets(filter); });
  return net::HttpResponse::json(200, notify::silences_json(silences, call.now_ms));
}

Result<net::HttpResponse> set(const SilenceCall& call) {
  ASSIGN_OR_RETURN(notify::Silence silence, notify::parse_silence(call.request.body));
  ASSIGN_OR_RETURN(const TenantId tenant,
                   call.services.tenants.find_or_create(call.tenant_name, call.deadline));
  ASSIGN_OR_RETURN(const std::string id,
                   call.services.silences.set(tenant, std::move(silence), call.deadline));
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.text("silenceID", id);
  json.end_object();
  return net::HttpResponse::json(200, std::move(out));
}

Result<net::HttpResponse> show(const SilenceCall& call) {
  ASSIGN_OR_RETURN(const TenantId tenant, call.tenant());
  ASSIGN_OR_RETURN(const notify::Silence silence, call.known().get(tenant, call.id));
  return net::HttpResponse::json(200, notify::silence_json(silence, call.now_ms));
}

Result<net::HttpResponse> expire(const SilenceCall& call) {
  ASSIGN_OR_RETURN(const TenantId tenant, call.tenant());
  RETURN_IF_ERROR(call.services.silences.expire(tenant, call.id, call.deadline));
  return net::HttpResponse::text(200, "");
}

using Answer = Result<net::HttpResponse> (*)(const SilenceCall& call);

void answer_by(Answer answer, Services& services, Call call) {
  if (!services.notifications)
    return call.respond(services.ruler ? alertmanager_error(no_notifications())
                                       : not_served(services.process, "ruler"));
  std::string id = call.path_parameters.empty() ? "" : call.path_parameters.front();
  on_worker(services, std::move(call), alertmanager_error,
            [answer, id = std::move(id)](Services& parts, const net::HttpRequest& request) {
              Result<std::string> tenant = tenant_name(request.headers);
              if (!tenant.ok()) return alertmanager_error(tenant.error());
              auto response = answer({*parts.notifications, request, id, *std::move(tenant),
                                      parts.clock.wall_ms(), Deadline::after(parts.clock, kTimeout)});
              return response.ok() ? *std::move(response) : alertmanager_error(response.error());
            });
}

}  // namespace

Error no_notifications() {
  return not_found(
      "no receivers of notifications are configured here: set alerting.config_file to a configuration of "
      "Alertmanager's kind; where alerts go to Alertmanagers, silences are made there");
}

void handle_silences(Services& services, Call call) {
  answer_by(list, services, std::move(call));
}
void handle_set_silence(Services& services, Call call) {
  answer_by(set, services, std::move(call));
}
void handle_silence(Services& services, Call call) {
  answer_by(show, services, std::move(call));
}
void handle_expire_silence(Services& services, Call call) {
  answer_by(expire, services, std::move(call));
}

}  // namespace weir::gateway
