#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <string>

#include <fmt/format.h>

#include "store/store.h"
#include "support/selected.h"

namespace weir::store {

/// What a filter must leave of samples: those that pass, and the time from which on none does.
inline std::string filtered_values(const ValueFilter& filter, const SampleColumns& samples) {
  std::string out;
  bool idle = false;
  for (size_t i = 0; i < samples.size(); ++i) {
    const bool passes = samples.histogram(i) == nullptr && filter.passes(samples.values[i]);
    if (passes) out += fmt::format(" {}:{}", samples.timestamps_ms[i], samples.values[i]);
    if (!passes && !idle) out += fmt::format(" {}:none", samples.timestamps_ms[i]);
    idle = !passes;
  }
  return out;
}

/// Where two such answers part, and what each says there; nothing when they are equal.
inline std::string first_difference(const std::map<std::string, std::string>& got,
                                    const std::map<std::string, std::string>& expected) {
  for (const auto& [labels, values] : expected) {
    const auto found = got.find(labels);
    if (found == got.end()) return labels + " is missing";
    const auto at = static_cast<size_t>(std::ranges::mismatch(values, found->second).in1 - values.begin());
    if (at == values.size() && at == found->second.size()) continue;
    const size_t from = at < 60 ? 0 : at - 60;
    return fmt::format("{}:{} not{}", labels, found->second.substr(std::min(from, found->second.size()), 120),
                       values.substr(from, 120));
  }
  return got.size() == expected.size() ? "" : "other series";
}

/// The same for each series of what `select` answers, asked with the filter if `hinted`.
inline Result<std::map<std::string, std::string>> selected_values(Store& store, TenantId tenant,
                                                                  std::span<const Matcher> matchers,
                                                                  const TimeRange& range,
                                                                  const ValueFilter& filter, bool hinted) {
  SelectRequest request{matchers, range};
  if (hinted) request.filter = filter;
  ASSIGN_OR_RETURN(const auto found, selected(store, tenant, request));
  std::map<std::string, std::string> out;
  for (const auto& [labels, samples] : found)
    out[labels.view().to_string()] = filtered_values(filter, samples);
  return out;
}

}  // namespace weir::store
