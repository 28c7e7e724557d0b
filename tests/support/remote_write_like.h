#pragma once

#include <fmt/format.h>

#include "model/batch.h"

namespace weir::tests {

/// A batch such as one shard of a Prometheus server sends that watches a Kubernetes cluster: `series_count`
/// series of 8 to 10 labels from a few dozen targets, counters, gauges and histogram buckets mixed, each
/// target scraped at its own time, `samples_per_series` samples 15 s apart. The same arguments give the same
/// batch.
inline Batch remote_write_like(size_t series_count, size_t samples_per_series = 1) {
  constexpr size_t kTargets = 40;
  Batch batch;
  for (size_t i = 0; i < series_count; ++i) {
    const size_t target =
        i % 7 + 7 * ((i / 400) % (kTargets / 7));  // a shard sees runs of one scrape, a few interleaved
    const size_t metric = (i / 7) % 57;
    const std::string name = metric % 3 == 0   ? fmt::format("http_server_request_duration_{}_bucket", metric)
                             : metric % 3 == 1 ? fmt::format("container_network_{}_bytes_total", metric)
                                               : fmt::format("go_memstats_{}_bytes", metric);
    const std::string instance = fmt::format("10.42.{}.{}:9100", target / 8, 17 + target);
    const std::string pod =
        fmt::format("checkout-service-{:08x}-{:05x}", target * 2'654'435'761u % 0xffffffff, target * 40'503);
    const std::string node = fmt::format("ip-10-0-{}-12.eu-central-1.compute.internal", target % 5);
    const std::string detail = fmt::format(
        "{}", metric % 3 == 0 ? 0.005 * static_cast<double>(1 + i % 11) : 1.0 + static_cast<double>(i % 13));
    std::vector<Label> labels = {{"__name__", name},
                                 {"cluster", "production-eu"},
                                 {"container", "checkout"},
                                 {"instance", instance},
                                 {"job", "kubernetes-pods"},
                                 {"namespace", "shop"},
                                 {"node", node},
                                 {"pod", pod}};
    if (metric % 3 == 0) labels.insert(labels.begin() + 5, {"le", detail});
    if (metric % 3 != 2)
      labels.push_back({"route", metric % 2 == 0 ? "/api/v1/orders/{id}" : "/api/v1/baskets"});
    batch.begin_series(Labels::from(labels).value().view().bytes());
    for (size_t s = 0; s < samples_per_series; ++s) {
      const auto time = static_cast<TimestampMs>(1'700'000'000'000 + 137 * target + 15'000 * s);
      const double value = metric % 3 == 2
                               ? 1e6 * static_cast<double>(i * 37 % 4'099) + 0.125 * static_cast<double>(s)
                           : i % 5 == 0      ? 0.0
                           : metric % 6 == 1 ? static_cast<double>(i * 7'919 + s) / 1'013.0
                                             : static_cast<double>(i * 7'919 + 31 * s);
      batch.add_sample(time, value);
    }
  }
  return batch;
}

}  // namespace weir::tests
