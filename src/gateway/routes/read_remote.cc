#include <algorithm>

#include <fmt/format.h>

#include "gateway/answers.h"
#include "gateway/routes/handlers.h"
#include "wire/remote_read.h"

// Prometheus' remote read.
namespace weir::gateway {
namespace {

using wire::RemoteReadResult;

constexpr size_t kRequestBytesMax = 1 << 20;

Status add_series(store::SeriesSet& set, uint64_t& samples_left, RemoteReadResult& result) {
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, set.next());
    if (!more) return {};
    SampleColumns samples;
    RETURN_IF_ERROR(set.read(samples));
    if (samples.size() > samples_left)
      return resource_exhausted(
          "remote read: too many samples (query_samples_max); ask for less time or series");
    samples_left -= samples.size();
    if (samples.size() > 0) result.emplace(set.labels(), std::move(samples));
  }
}

bool has_histograms(const std::vector<RemoteReadResult>& results) {
  return std::ranges::any_of(results, [](const RemoteReadResult& result) {
    return std::ranges::any_of(result, [](const auto& series) { return !series.second.histograms.empty(); });
  });
}

Result<net::HttpResponse> read(Services& services, const Call& call, TenantId tenant) {
  std::string scratch;
  ASSIGN_OR_RETURN(const auto wanted, wire::decode_remote_read(call.request.body, kRequestBytesMax, scratch));
  const Limits& limits = services.options.limits;
  const Deadline deadline = Deadline::after(services.clock, os::milliseconds(limits.query_timeout_ms));
  uint64_t samples_left = limits.query_samples_max;
  std::vector<RemoteReadResult> results;
  for (const wire::RemoteReadQuery& query : wanted.queries) {
    store::SelectRequest select{query.matchers, query.range};
    select.series_max = limits.query_series_max;
    ASSIGN_OR_RETURN(const auto set, services.reading().store.select(tenant, select, deadline));
    RETURN_IF_ERROR(add_series(*set, samples_left, results.emplace_back()));
  }
  // Chunks are of doubles alone; whoever takes them takes samples, too.
  if (wanted.prefers_chunks && !has_histograms(results))
    return net::HttpResponse::text(200, wire::encode_remote_read_chunks(results),
                                   "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse");
  if (!wanted.takes_samples)
    return unsupported("remote read: native histograms are sent as samples, which the request does not take");
  auto response =
      net::HttpResponse::text(200, wire::encode_remote_read_samples(results), "application/x-protobuf");
  response.headers.set("Content-Encoding", "snappy");
  return response;
}

}  // namespace

void handle_remote_read(Services& services, Call call) {
  answer_reading(services, std::move(call), write_error, read);
}

}  // namespace weir::gateway
