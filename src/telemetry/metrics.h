#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::telemetry {

using LabelPairs = std::vector<std::pair<std::string, std::string>>;

/// A count that only grows. Safe from any thread; relaxed, so a scrape may see one counter a moment before
/// another.
class Counter {
 public:
  void add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  alignas(64) std::atomic<uint64_t> value_{0};
};

/// A value that goes up and down. Safe from any thread.
class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Counts of observations by upper bound, as a Prometheus classic histogram. Safe from any thread.
class Histogram {
 public:
  /// `bounds`: ascending upper bounds (inclusive); +Inf is added.
  explicit Histogram(std::vector<double> bounds);
  void observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  /// Observations at or below bounds()[i]; the last one, at bounds().size(), is the total.
  std::vector<uint64_t> cumulative() const;
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::vector<std::atomic<uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

/// Seconds from 100 µs to 30 s: the bounds for request and stage durations.
std::vector<double> duration_bounds();

/// All metrics of a process, or of a test. A metric is created once by its owner at construction, kept by
/// reference, and lives as long as the registry. Names follow Prometheus' conventions and begin with `weir_`.
/// Safe from any thread.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// The metric of that name and those labels, created at first use. CHECKs that one name keeps one kind and
  /// help.
  Counter& counter(std::string_view name, std::string_view help, LabelPairs labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, LabelPairs labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                       LabelPairs labels = {});

  /// A gauge or counter whose value is asked for at each scrape; `read` is called from any thread until the
  /// returned handle is destroyed.
  class Handle;
  [[nodiscard]] std::unique_ptr<Handle> observe_gauge(std::string_view name, std::string_view help,
                                                      LabelPairs labels, std::function<double()> read);
  [[nodiscard]] std::unique_ptr<Handle> observe_counter(std::string_view name, std::string_view help,
                                                        LabelPairs labels, std::function<double()> read);

  /// Prometheus text exposition format 0.0.4, families sorted by name.
  std::string to_text() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

class Registry::Handle {
 public:
  virtual ~Handle() = default;
};

}  // namespace weir::telemetry
