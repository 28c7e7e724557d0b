#include "load/sender.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "load/workload.h"
#include "net/http_client.h"
#include "os/clock.h"
#include "wire/remote_write.h"

namespace weir::bench {
namespace {

double seconds_since(os::SteadyTime started) {
  return std::chrono::duration<double>(os::system_clock().steady() - started).count();
}

net::ClientRequest make_request(const Plan& plan, uint32_t tenant, std::string body) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = plan.url;
  if (plan.tenants > 0) request.headers.add("X-Scope-OrgID", fmt::format("tenant_{}", tenant));
  request.headers.add("Content-Type", "application/x-protobuf");
  request.headers.add("Content-Encoding", "snappy");
  request.headers.add("X-Prometheus-Remote-Write-Version", "0.1.0");
  request.body = std::move(body);
  return request;
}

/// Sends until it is taken, as Prometheus does: 5xx and lost connections are tried again.
bool send(net::HttpClient& client, const net::ClientRequest& request, Tally& tally) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    auto answer = client.send(request);
    if (answer.ok() && answer->status / 100 == 2) return true;
    if (answer.ok() && answer->status / 100 != 5) {
      tally.failure = fmt::format("status {}: {}", answer->status, answer->body);
      return false;
    }
    ++tally.retries;
    os::system_clock().sleep_until(os::system_clock().steady() + os::milliseconds(50), {});
  }
  tally.failure = "gave up after 100 attempts";
  return false;
}

/// Sends one request and counts it.
bool send_batch(net::HttpClient& client, const Plan& plan, uint32_t tenant, const Batch& batch,
                Tally& tally) {
  const net::ClientRequest request = make_request(plan, tenant, wire::encode_remote_write(batch));
  const os::SteadyTime started = os::system_clock().steady();
  if (!send(client, request, tally)) return false;
  tally.latencies_ms.push_back(seconds_since(started) * 1'000);
  tally.samples += batch.sample_count();
  ++tally.requests;
  return true;
}

/// Waits until it is time for what comes after `steps` steps, where the plan has a rate: each connection has
/// its share of every step, so they go through the steps side by side. One that fell behind catches up.
void keep_rate(const Plan& plan, os::SteadyTime started, double steps) {
  if (plan.samples_per_second == 0) return;
  const double step_ms = 1e3 * plan.hosts * kSeriesPerHost / static_cast<double>(plan.samples_per_second);
  os::system_clock().sleep_until(started + os::milliseconds(static_cast<int64_t>(steps * step_ms)), {});
}

/// Where the plan has a rate, its samples have the times at which they are sent: the first step begins at its
/// own, if that is still to come.
os::SteadyTime start(const Plan& plan) {
  os::Clock& clock = os::system_clock();
  const TimestampMs first_ms = plan.start_ms + plan.first_step * plan.step_ms;
  const os::milliseconds left(plan.samples_per_second == 0 ? 0 : first_ms - clock.wall_ms());
  const os::SteadyTime started = clock.steady() + std::max(os::milliseconds(0), left);
  clock.sleep_until(started, {});
  return started;
}

/// Of the samples behind `part` of a step's others: with a rate, when they are sent, as scrapes are spread
/// over their interval.
TimestampMs time_of(const Plan& plan, uint32_t step, double part) {
  const TimestampMs begin_ms = plan.start_ms + step * plan.step_ms;
  if (plan.samples_per_second == 0) return begin_ms;
  return begin_ms + static_cast<int64_t>(part * static_cast<double>(plan.step_ms));
}

uint32_t divided_up(uint32_t what, uint32_t by) {
  return (what + by - 1) / by;
}

/// The hosts of a connection.
Workload::Options share_of(const Plan& plan, uint32_t connection) {
  const uint32_t share = divided_up(plan.hosts, plan.connections);
  const uint32_t begin = std::min(plan.hosts, share * connection);
  return {.hosts = plan.hosts,
          .host_begin = begin,
          .host_end = std::min(plan.hosts, begin + share),
          .churn_percent = plan.churn_percent};
}

/// Series [begin, end) of a connection's workload, all of one tenant.
struct Span {
  size_t begin;
  size_t end;
  uint32_t tenant;
};

/// What the requests of one step carry.
std::vector<Span> requests_of(const Plan& plan, const Workload::Options& share) {
  const uint32_t tenant_hosts = divided_up(plan.hosts, std::max(1u, plan.tenants));
  const size_t count = (share.host_end - share.host_begin) * kSeriesPerHost;
  std::vector<Span> spans;
  for (size_t begin = 0; begin < count; begin = spans.back().end) {
    const auto host = share.host_begin + static_cast<uint32_t>(begin / kSeriesPerHost);
    const uint32_t tenant = host / tenant_hosts;
    const size_t tenant_end = ((tenant + 1) * tenant_hosts - share.host_begin) * kSeriesPerHost;
    spans.push_back({begin, std::min({begin + plan.samples_per_request, tenant_end, count}), tenant});
  }
  return spans;
}

}  // namespace

Tally run_connection(const Plan& plan, uint32_t connection, std::latch& ready,
                     const std::atomic<bool>& stop) {
  Tally tally;
  net::HttpClient client;
  const Workload::Options share = share_of(plan, connection);
  const std::vector<Span> requests = requests_of(plan, share);
  Workload workload(share);
  for (uint32_t step = 0; step < plan.first_step; ++step) workload.skip_step(step);
  const uint64_t series_before = plan.first_step == 0 ? 0 : workload.series_ever();
  const auto series = static_cast<double>(workload.series_count());
  Batch batch;
  ready.arrive_and_wait();
  const os::SteadyTime started = start(plan);
  for (uint32_t step = plan.first_step; step < plan.first_step + plan.steps && !stop; ++step) {
    workload.begin_step(step);
    for (const Span& request : requests) {
      if (stop) break;
      batch.clear();
      const double part = static_cast<double>(request.begin) / series;
      workload.append(request.begin, request.end, time_of(plan, step, part), batch);
      keep_rate(plan, started, static_cast<double>(tally.samples) / series);
      if (!send_batch(client, plan, request.tenant, batch, tally)) return tally;
    }
    if (step == plan.first_step) tally.first_step_seconds = seconds_since(started);
  }
  tally.seconds = seconds_since(started);
  tally.new_series = workload.series_ever() - series_before;
  return tally;
}

}  // namespace weir::bench
