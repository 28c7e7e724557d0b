#include "telemetry/metrics.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/check.h"

namespace weir::telemetry {

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {
  CHECK(std::is_sorted(bounds_.begin(), bounds_.end()), "histogram bounds ascend");
}

void Histogram::observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<uint64_t> Histogram::cumulative() const {
  std::vector<uint64_t> result;
  uint64_t total = 0;
  for (const auto& count : counts_) {
    total += count.load(std::memory_order_relaxed);
    result.push_back(total);
  }
  return result;
}

std::vector<double> duration_bounds() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
          0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30};
}

namespace {

enum class Kind { kCounter, kGauge, kHistogram };

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kCounter:
      return "counter";
    case Kind::kGauge:
      return "gauge";
    case Kind::kHistogram:
      return "histogram";
  }
  return "untyped";
}

/// One metric of a family; exactly one member is set.
struct Child {
  std::unique_ptr<Counter> counter;
  std::unique_ptr<Gauge> gauge;
  std::unique_ptr<Histogram> histogram;
  std::function<double()> read;
};

struct Family {
  Kind kind;
  std::string help;
  std::map<LabelPairs, Child> children;
};

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

std::string label_text(const LabelPairs& labels, std::string_view le = {}) {
  if (labels.empty() && le.empty()) return {};
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    if (out.size() > 1) out += ',';
    out.append(name).append("=\"");
    append_escaped(out, value, true);
    out += '"';
  }
  if (!le.empty()) fmt::format_to(std::back_inserter(out), "{}le=\"{}\"", out.size() > 1 ? "," : "", le);
  return out + "}";
}

void append_histogram(std::string& out, std::string_view name, const LabelPairs& labels,
                      const Histogram& histogram) {
  const std::vector<uint64_t> counts = histogram.cumulative();
  auto sink = std::back_inserter(out);
  for (size_t i = 0; i < counts.size(); ++i) {
    const std::string le = i < histogram.bounds().size() ? fmt::format("{}", histogram.bounds()[i]) : "+Inf";
    fmt::format_to(sink, "{}_bucket{} {}\n", name, label_text(labels, le), counts[i]);
  }
  fmt::format_to(sink, "{}_sum{} {}\n", name, label_text(labels), histogram.sum());
  fmt::format_to(sink, "{}_count{} {}\n", name, label_text(labels), counts.back());
}

void append_child(std::string& out, std::string_view name, const LabelPairs& labels, const Child& child) {
  auto sink = std::back_inserter(out);
  if (child.histogram) return append_histogram(out, name, labels, *child.histogram);
  if (child.counter) {
    fmt::format_to(sink, "{}{} {}\n", name, label_text(labels), child.counter->value());
  } else if (child.gauge) {
    fmt::format_to(sink, "{}{} {}\n", name, label_text(labels), child.gauge->value());
  } else if (child.read) {
    fmt::format_to(sink, "{}{} {}\n", name, label_text(labels), child.read());
  }
}

}  // namespace

struct Registry::State {
  // Held while metrics are looked up and while they are written out, which is when `read` functions run:
  // those must not create metrics.
  std::mutex mutex;
  std::map<std::string, Family, std::less<>> families;

  Child& child(std::string_view name, std::string_view help, Kind kind, LabelPairs labels) {
    auto [it, inserted] = families.try_emplace(std::string(name), Family{kind, std::string(help), {}});
    CHECK(it->second.kind == kind && it->second.help == help, "a metric's name keeps one kind and one help");
    return it->second.children[std::move(labels)];
  }
};

namespace {

/// Removes the metric again when its owner goes away.
template <typename State>
class ObserverHandle : public Registry::Handle {
 public:
  ObserverHandle(std::shared_ptr<State> state, std::string name, LabelPairs labels)
      : state_(std::move(state)), name_(std::move(name)), labels_(std::move(labels)) {}
  ~ObserverHandle() override {
    std::lock_guard lock(state_->mutex);
    auto family = state_->families.find(name_);
    if (family != state_->families.end()) family->second.children.erase(labels_);
  }

 private:
  std::shared_ptr<State> state_;
  std::string name_;
  LabelPairs labels_;
};

template <typename State>
std::unique_ptr<Registry::Handle> observe(const std::shared_ptr<State>& state, Kind kind,
                                          std::string_view name, std::string_view help, LabelPairs labels,
                                          std::function<double()> read) {
  std::lock_guard lock(state->mutex);
  state->child(name, help, kind, labels).read = std::move(read);
  return std::make_unique<ObserverHandle<State>>(state, std::string(name), std::move(labels));
}

}  // namespace

Registry::Registry() : state_(std::make_shared<State>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, LabelPairs labels) {
  std::lock_guard lock(state_->mutex);
  Child& child = state_->child(name, help, Kind::kCounter, std::move(labels));
  if (!child.counter) child.counter = std::make_unique<Counter>();
  return *child.counter;
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, LabelPairs labels) {
  std::lock_guard lock(state_->mutex);
  Child& child = state_->child(name, help, Kind::kGauge, std::move(labels));
  if (!child.gauge) child.gauge = std::make_unique<Gauge>();
  return *child.gauge;
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                               LabelPairs labels) {
  std::lock_guard lock(state_->mutex);
  Child& child = state_->child(name, help, Kind::kHistogram, std::move(labels));
  if (!child.histogram) child.histogram = std::make_unique<Histogram>(std::move(bounds));
  return *child.histogram;
}

std::unique_ptr<Registry::Handle> Registry::observe_gauge(std::string_view name, std::string_view help,
                                                          LabelPairs labels, std::function<double()> read) {
  return observe(state_, Kind::kGauge, name, help, std::move(labels), std::move(read));
}

std::unique_ptr<Registry::Handle> Registry::observe_counter(std::string_view name, std::string_view help,
                                                            LabelPairs labels, std::function<double()> read) {
  return observe(state_, Kind::kCounter, name, help, std::move(labels), std::move(read));
}

std::string Registry::to_text() const {
  std::string out;
  std::lock_guard lock(state_->mutex);
  for (const auto& [name, family] : state_->families) {
    if (family.children.empty()) continue;
    fmt::format_to(std::back_inserter(out), "# HELP {} ", name);
    append_escaped(out, family.help, false);
    fmt::format_to(std::back_inserter(out), "\n# TYPE {} {}\n", name, kind_name(family.kind));
    for (const auto& [labels, child] : family.children) append_child(out, name, labels, child);
  }
  return out;
}

}  // namespace weir::telemetry
