#include "load/workload.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace weir::bench {
namespace {

struct Metric {
  std::string_view name;
  Shape shape;
  std::string_view label;  // one more label with `values` values; empty for none
  int values;
};

constexpr std::array<Metric, 14> kMetrics = {{
    {"cpu_seconds_total", Shape::kCounter, "mode", 8},
    {"disk_read_bytes_total", Shape::kCounter, "device", 6},
    {"disk_written_bytes_total", Shape::kCounter, "device", 6},
    {"network_receive_bytes_total", Shape::kCounter, "interface", 6},
    {"network_transmit_bytes_total", Shape::kCounter, "interface", 6},
    {"http_requests_total", Shape::kCounter, "code", 10},
    {"http_request_duration_seconds_bucket", Shape::kCounter, "le", 12},
    {"memory_bytes", Shape::kInteger, "kind", 8},
    {"temperature_celsius", Shape::kGauge, "sensor", 10},
    {"load_ratio", Shape::kGauge, "window", 3},
    {"queue_length", Shape::kInteger, "queue", 10},
    {"voltage_volts", Shape::kSmooth, "rail", 8},
    {"processes", Shape::kInteger, "state", 5},
    {"limit_bytes", Shape::kConstant, "kind", 2},
}};

constexpr std::array<std::string_view, 9> kRegions = {"us-east-1",      "us-west-1",      "us-west-2",
                                                      "eu-west-1",      "eu-central-1",   "sa-east-1",
                                                      "ap-southeast-1", "ap-southeast-2", "ap-northeast-1"};

constexpr std::array<std::string_view, 12> kBounds = {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                                      "0.5",   "1",    "2.5",   "5",    "10",  "+Inf"};

std::string extra_value(const Metric& metric, int index) {
  return metric.label == "le" ? std::string(kBounds[static_cast<size_t>(index)])
                              : fmt::format("{}{}", metric.label, index);
}

std::string labels_of(const Metric& metric, int index, std::string_view instance, uint32_t host) {
  const std::string_view region = kRegions[host % kRegions.size()];
  const std::string zone = fmt::format("{}{}", region, "abc"[host % 3]);
  const std::string rack = fmt::format("{}", host % 100);
  const std::string extra = extra_value(metric, index);
  const Labels labels = Labels::of({{kMetricName, metric.name},
                                    {"instance", instance},
                                    {"job", "devops"},
                                    {"region", region},
                                    {"zone", zone},
                                    {"rack", rack},
                                    {"os", host % 2 ? "Debian12" : "Ubuntu24.04LTS"},
                                    {"team", host % 4 ? "platform" : "payments"},
                                    {metric.label, extra}});
  return std::string(labels.view().bytes());
}

}  // namespace

Workload::Workload(const Options& options) : options_(options), random_(options.seed + options.host_begin) {
  series_.reserve((options.host_end - options.host_begin) * kSeriesPerHost);
  for (uint32_t host = options.host_begin; host < options.host_end; ++host) {
    const std::string instance = fmt::format("host_{}:9100", host);
    for (size_t metric = 0; metric < kMetrics.size(); ++metric) {
      for (int i = 0; i < kMetrics[metric].values; ++i) {
        series_.push_back(make_series(metric, i, instance, host));
      }
    }
  }
  series_ever_ = series_.size();
}

Workload::Series Workload::make_series(size_t metric, int index, std::string_view instance, uint32_t host) {
  const double start = std::floor(random_.unit() * 1e6);
  return {labels_of(kMetrics[metric], index, instance, host), kMetrics[metric].shape, start,
          1 + std::floor(random_.unit() * 1'000)};
}

void Workload::replace_host(uint32_t host, uint64_t generation) {
  const std::string instance = fmt::format("host_{}-{}:9100", host, generation);
  auto series = series_.begin() + static_cast<ptrdiff_t>((host - options_.host_begin) * kSeriesPerHost);
  for (size_t metric = 0; metric < kMetrics.size(); ++metric) {
    for (int i = 0; i < kMetrics[metric].values; ++i) *series++ = make_series(metric, i, instance, host);
  }
  series_ever_ += kSeriesPerHost;
}

void Workload::begin_step(uint32_t step) {
  if (step == 0 || options_.hosts == 0) return;
  const double per_step = options_.hosts * options_.churn_percent / 100;
  const auto end = static_cast<uint64_t>(step * per_step);
  for (auto turn = static_cast<uint64_t>((step - 1) * per_step); turn < end; ++turn) {
    const auto host = static_cast<uint32_t>(turn % options_.hosts);
    if (host < options_.host_begin || host >= options_.host_end) continue;
    replace_host(host, turn / options_.hosts + 1);
  }
}

double Workload::next_value(Series& series, TimestampMs at_ms) {
  switch (series.shape) {
    case Shape::kCounter:
      if (random_.below(20'000) == 0) series.value = 0;
      return series.value += std::floor(random_.unit() * series.pace);
    case Shape::kGauge:
      series.value += std::round((random_.unit() - 0.5) * 200) / 100;
      return series.value = std::round(series.value * 100) / 100;
    case Shape::kInteger:
      if (random_.below(4) == 0) series.value += std::floor(random_.unit() * 9) - 4;
      return series.value;
    case Shape::kSmooth:
      return 12 + std::sin(static_cast<double>(at_ms) / 600'000 + series.pace) + random_.unit() * 0.01;
    case Shape::kConstant:
      return series.value;
  }
  return 0;
}

void Workload::append(size_t begin, size_t end, TimestampMs at_ms, Batch& batch) {
  for (size_t i = begin; i < end; ++i) {
    batch.begin_series(series_[i].labels);
    batch.add_sample(at_ms, next_value(series_[i], at_ms));
  }
}

void Workload::skip_step(uint32_t step) {
  begin_step(step);
  for (Series& series : series_) next_value(series, 0);
}

}  // namespace weir::bench
