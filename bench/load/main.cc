// weir_load: sends a DevOps-like workload to a remote-write receiver and prints what it took, as one JSON
// object.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <vector>

#include <fmt/format.h>

#include "load/workload.h"
#include "net/http_client.h"
#include "os/clock.h"
#include "os/threads.h"
#include "wire/remote_write.h"

namespace weir::bench {
namespace {

struct Plan {
  std::string url;
  uint32_t hosts = 100;
  uint32_t steps = 360;
  int64_t start_ms = 0;
  int64_t step_ms = 10'000;
  uint32_t samples_per_request = 2'000;
  uint32_t connections = 2;
};

struct Tally {
  uint64_t samples = 0;
  uint64_t requests = 0;
  uint64_t retries = 0;
  std::vector<double> latencies_ms;
  std::string failure;
};

net::ClientRequest make_request(const std::string& url, std::string body) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = url;
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

/// One connection: its share of the hosts, every step in order, so that each series' samples ascend.
Tally run_connection(const Plan& plan, uint32_t connection) {
  Tally tally;
  net::HttpClient client;
  Workload workload({plan.hosts, plan.step_ms, 1});
  const size_t share = (workload.series_count() + plan.connections - 1) / plan.connections;
  const size_t begin = std::min(workload.series_count(), share * connection);
  const size_t end = std::min(workload.series_count(), begin + share);
  Batch batch;
  for (uint32_t step = 0; step < plan.steps; ++step) {
    const TimestampMs at_ms = plan.start_ms + step * plan.step_ms;
    for (size_t from = begin; from < end; from += plan.samples_per_request) {
      batch.clear();
      workload.append(from, std::min<size_t>(end, from + plan.samples_per_request), at_ms, batch);
      const net::ClientRequest request = make_request(plan.url, wire::encode_remote_write(batch));
      const auto started = os::system_clock().steady();
      if (!send(client, request, tally)) return tally;
      tally.latencies_ms.push_back(
          std::chrono::duration<double, std::milli>(os::system_clock().steady() - started).count());
      tally.samples += batch.sample_count();
      ++tally.requests;
    }
  }
  return tally;
}

double percentile(std::vector<double>& sorted, double q) {
  return sorted.empty() ? 0
                        : sorted[std::min(sorted.size() - 1,
                                          static_cast<size_t>(q * static_cast<double>(sorted.size())))];
}

int run(const Plan& plan) {
  std::vector<Tally> tallies(plan.connections);
  const auto started = os::system_clock().steady();
  {
    std::vector<os::Thread> threads;
    for (uint32_t i = 0; i < plan.connections; ++i) {
      threads.emplace_back(fmt::format("load-{}", i),
                           [&, i](std::stop_token) { tallies[i] = run_connection(plan, i); });
    }
    for (os::Thread& thread : threads) thread.join();
  }
  const double seconds = std::chrono::duration<double>(os::system_clock().steady() - started).count();
  Tally total;
  for (Tally& tally : tallies) {
    total.samples += tally.samples;
    total.requests += tally.requests;
    total.retries += tally.retries;
    total.latencies_ms.insert(total.latencies_ms.end(), tally.latencies_ms.begin(), tally.latencies_ms.end());
    if (total.failure.empty()) total.failure = tally.failure;
  }
  std::sort(total.latencies_ms.begin(), total.latencies_ms.end());
  fmt::print(
      "{{\"samples\": {}, \"requests\": {}, \"retries\": {}, \"seconds\": {:.3f}, \"p50_ms\": {:.2f}, "
      "\"p99_ms\": {:.2f}}}\n",
      total.samples, total.requests, total.retries, seconds, percentile(total.latencies_ms, 0.5),
      percentile(total.latencies_ms, 0.99));
  if (!total.failure.empty()) fmt::print(stderr, "weir_load: {}\n", total.failure);
  return total.failure.empty() ? 0 : 1;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Plan plan;
  CLI::App app("Sends DevOps-like metrics (100 series a host) to a remote-write receiver.");
  app.add_option("url", plan.url, "Address, e.g. http://127.0.0.1:8080/api/v1/write")->required();
  app.add_option("--hosts", plan.hosts, "Hosts, of 100 series each")->capture_default_str();
  app.add_option("--steps", plan.steps, "Samples of each series")->capture_default_str();
  app.add_option("--start-ms", plan.start_ms, "Time of the first sample, ms since 1970")->required();
  app.add_option("--step-ms", plan.step_ms, "Between two samples")->capture_default_str();
  app.add_option("--samples-per-request", plan.samples_per_request)->capture_default_str();
  app.add_option("--connections", plan.connections)->capture_default_str()->check(CLI::Range(1, 64));
  CLI11_PARSE(app, argc, argv);
  return weir::bench::run(plan);
}
