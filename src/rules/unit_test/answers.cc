#include "rules/unit_test/answers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include "query/literals.h"
#include "rules/unit_test/histogram_notation.h"

namespace weir::rules::unit_test {
namespace {

bool same_number(double a, double b, bool fuzzy) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return a == b || (fuzzy && (std::nextafter(a, -kInfinity) == b || std::nextafter(a, kInfinity) == b));
}

}  // namespace

TextMap text_map(LabelsView labels) {
  TextMap out;
  for (const Label& label : labels) out.emplace(label.name, label.value);
  return out;
}

std::vector<ExpectedSample> samples_of(const std::vector<RuleSample>& answer) {
  std::vector<ExpectedSample> out;
  for (const RuleSample& sample : answer) {
    const auto* histogram = std::get_if<HistogramPtr>(&sample.value);
    out.push_back({text_map(sample.labels), histogram == nullptr ? std::get<double>(sample.value) : 0,
                   histogram == nullptr ? "" : histogram_notation(**histogram)});
  }
  return out;
}

bool same_samples(std::vector<ExpectedSample>& expected, std::vector<ExpectedSample>& got, bool fuzzy) {
  const auto before = [](const ExpectedSample& a, const ExpectedSample& b) { return a.labels < b.labels; };
  std::stable_sort(expected.begin(), expected.end(), before);
  std::stable_sort(got.begin(), got.end(), before);
  return std::equal(expected.begin(), expected.end(), got.begin(), got.end(),
                    [&](const ExpectedSample& a, const ExpectedSample& b) {
                      return a.labels == b.labels && a.histogram == b.histogram &&
                             same_number(a.value, b.value, fuzzy);
                    });
}

bool same_alerts(std::vector<ExpectedAlert>& expected, std::vector<ExpectedAlert>& got) {
  const auto key = [](const ExpectedAlert& alert) { return std::tie(alert.labels, alert.annotations); };
  const auto before = [&](const ExpectedAlert& a, const ExpectedAlert& b) { return key(a) < key(b); };
  std::sort(expected.begin(), expected.end(), before);
  std::sort(got.begin(), got.end(), before);
  return std::equal(expected.begin(), expected.end(), got.begin(), got.end(),
                    [&](const ExpectedAlert& a, const ExpectedAlert& b) { return key(a) == key(b); });
}

std::vector<std::string> lines_of(const std::vector<ExpectedSample>& samples) {
  std::vector<std::string> out;
  for (const ExpectedSample& sample : samples) {
    const bool has_number = sample.histogram.empty() || sample.value != 0;
    out.push_back(metric_notation(sample.labels));
    if (!sample.histogram.empty()) out.back() += " " + sample.histogram;
    if (has_number) out.back() += " " + query::format_number(sample.value);
  }
  return out;
}

std::vector<std::string> lines_of(const std::vector<ExpectedAlert>& alerts) {
  std::vector<std::string> out;
  for (const ExpectedAlert& alert : alerts) {
    out.push_back(metric_notation(alert.labels));
    for (const auto& [name, value] : alert.annotations)
      out.push_back(fmt::format("  {}: {}", name, query::quote(value)));
  }
  return out;
}

}  // namespace weir::rules::unit_test
