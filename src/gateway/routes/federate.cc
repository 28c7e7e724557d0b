#include <map>

#include "gateway/answers.h"
#include "gateway/parameters.h"
#include "gateway/routes/handlers.h"
#include "wire/exposition.h"

// The current value of all series that some selectors match, for another Prometheus to scrape.
namespace weir::gateway {
namespace {

struct Current {
  TimestampMs timestamp_ms;
  double value;
};

/// By metric: the newest sample of each series, if it is a number and not stale.
using Found = std::map<std::string, std::map<Labels, Current>>;

Status add_current(store::SeriesSet& set, Found& found) {
  SampleColumns samples;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, set.next());
    if (!more) return {};
    samples.clear();
    RETURN_IF_ERROR(set.read(samples));
    if (samples.size() == 0 || samples.histogram(samples.size() - 1) != nullptr) continue;
    const Current current{samples.timestamps_ms.back(), samples.values.back()};
    const std::string metric(set.labels().metric());
    if (!metric.empty() && !is_stale(current.value)) found[metric].emplace(set.labels(), current);
  }
}

std::string exposition(const Found& found, wire::NameEscaping escaping) {
  std::string out;
  for (const auto& [metric, series] : found) {
    wire::append_untyped_family(metric, escaping, out);
    for (const auto& [labels, current] : series)
      wire::append_exposition(labels, current.timestamp_ms, current.value, escaping, out);
  }
  return out;
}

Result<net::HttpResponse> federate(Services& services, const Call& call, TenantId tenant) {
  ASSIGN_OR_RETURN(const net::Params params, form_params(call.request));
  const Limits& limits = services.options.limits;
  const TimestampMs now = services.clock.wall_ms();
  const TimeRange range{now - services.reading().engine.options().lookback.count() + 1, now};
  ASSIGN_OR_RETURN(const Deadline deadline,
                   deadline_parameter(params, services.clock, limits.query_timeout_ms));
  Found found;
  ASSIGN_OR_RETURN(const auto selectors, selectors_parameter(params));
  for (const std::vector<Matcher>& matchers : selectors) {
    store::SelectRequest select{matchers, range};
    select.series_max = limits.query_series_max;
    ASSIGN_OR_RETURN(const auto set, services.reading().store.select(tenant, select, deadline));
    RETURN_IF_ERROR(add_current(*set, found));
  }
  const bool quotes = call.request.headers.get("Accept").find("allow-utf-8") != std::string_view::npos;
  const auto escaping = quotes ? wire::NameEscaping::kQuote : wire::NameEscaping::kUnderscore;
  return net::HttpResponse::text(200, exposition(found, escaping),
                                 quotes ? "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
                                        : "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
}

}  // namespace

void handle_federate(Services& services, Call call) {
  answer_reading(services, std::move(call), prometheus_error, federate);
}

}  // namespace weir::gateway
