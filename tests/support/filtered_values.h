#pragma once

#include <cmath>
#include <map>
#include <span>
#include <string>

#include <fmt/format.h>

#include "store/store.h"

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

/// The same for each series of what `select` answers, asked with the filter if `hinted`.
inline Result<std::map<std::string, std::string>> selected_values(Store& store, TenantId tenant,
                                                                  std::span<const Matcher> matchers,
                                                                  const TimeRange& range,
                                                                  const ValueFilter& filter, bool hinted) {
  SelectRequest request{matchers, range};
  if (hinted) request.filter = filter;
  ASSIGN_OR_RETURN(const auto set, store.select(tenant, request, Deadline::never()));
  std::map<std::string, std::string> out;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, set->next());
    if (!more) return out;
    SampleColumns samples;
    RETURN_IF_ERROR(set->read(samples));
    out[set->labels().to_string()] = filtered_values(filter, samples);
  }
}

}  // namespace weir::store
