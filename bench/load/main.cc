// weir_load: sends a DevOps-like workload to a remote-write receiver and prints what it took, as one JSON
// object; also when SIGTERM ends it early.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <latch>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "load/sender.h"
#include "os/threads.h"

namespace weir::bench {
namespace {

/// Set by SIGTERM: what was sent by then is told.
std::atomic<bool> stop{false};

double percentile(std::vector<double>& sorted, double q) {
  return sorted.empty() ? 0
                        : sorted[std::min(sorted.size() - 1,
                                          static_cast<size_t>(q * static_cast<double>(sorted.size())))];
}

void add(Tally& total, Tally& part) {
  total.samples += part.samples;
  total.new_series += part.new_series;
  total.requests += part.requests;
  total.retries += part.retries;
  total.first_step_seconds = std::max(total.first_step_seconds, part.first_step_seconds);
  total.seconds = std::max(total.seconds, part.seconds);
  total.latencies_ms.insert(total.latencies_ms.end(), part.latencies_ms.begin(), part.latencies_ms.end());
  if (total.failure.empty()) total.failure = std::move(part.failure);
}

Tally run_connections(const Plan& plan) {
  std::vector<Tally> tallies(plan.connections);
  std::latch ready(plan.connections);
  {
    std::vector<os::Thread> threads;
    for (uint32_t i = 0; i < plan.connections; ++i) {
      threads.emplace_back(fmt::format("load-{}", i),
                           [&, i](std::stop_token) { tallies[i] = run_connection(plan, i, ready, stop); });
    }
    for (os::Thread& thread : threads) thread.join();
  }
  Tally total;
  for (Tally& tally : tallies) add(total, tally);
  return total;
}

int run(const Plan& plan) {
  Tally total = run_connections(plan);
  std::sort(total.latencies_ms.begin(), total.latencies_ms.end());
  fmt::print(
      "{{\"samples\": {}, \"new_series\": {}, \"requests\": {}, \"retries\": {}, \"first_step_seconds\": "
      "{:.3f}, "
      "\"seconds\": {:.3f}, \"p50_ms\": {:.2f}, \"p99_ms\": {:.2f}}}\n",
      total.samples, total.new_series, total.requests, total.retries, total.first_step_seconds, total.seconds,
      percentile(total.latencies_ms, 0.5), percentile(total.latencies_ms, 0.99));
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
  app.add_option("--tenants", plan.tenants,
                 "That the hosts are divided among: X-Scope-OrgID tenant_0 and so on; 0 names none")
      ->capture_default_str();
  app.add_option("--first-step", plan.first_step, "Skips ahead: an earlier run has sent the steps before it")
      ->capture_default_str();
  app.add_option("--steps", plan.steps, "Samples of each series")->capture_default_str();
  app.add_option("--start-ms", plan.start_ms, "Time of step 0, ms since 1970")->required();
  app.add_option("--step-ms", plan.step_ms, "Between two samples")->capture_default_str();
  app.add_option("--churn-percent", plan.churn_percent, "Hosts replaced by new ones at each step")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100.0));
  app.add_option("--samples-per-second", plan.samples_per_second, "0: as fast as it goes")
      ->capture_default_str();
  app.add_option("--samples-per-request", plan.samples_per_request)
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--connections", plan.connections)->capture_default_str()->check(CLI::Range(1, 64));
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGTERM, [](int) { weir::bench::stop = true; });
  return weir::bench::run(plan);
}
