#include "gateway/cardinality.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "base/hash.h"

namespace weir::gateway {
namespace {

using Counter = std::unordered_map<std::string, uint64_t, StringHash, std::equal_to<>>;

uint64_t& count_of(Counter& counter, std::string_view name) {
  const auto found = counter.find(name);
  return found != counter.end() ? found->second : counter.emplace(name, 0).first->second;
}

Cardinality::Counts largest(const Counter& counter, size_t limit) {
  Cardinality::Counts out(counter.begin(), counter.end());
  const auto more = [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  };
  const auto end = out.begin() + static_cast<std::ptrdiff_t>(std::min(limit, out.size()));
  std::partial_sort(out.begin(), end, out.end(), more);
  out.erase(end, out.end());
  return out;
}

std::string pair_text(const Label& label) {
  std::string out(label.name);
  out += '=';
  out += label.value;
  return out;
}

}  // namespace

Result<Cardinality> count_series(store::Store& store, TenantId tenant, TimeRange range, size_t limit,
                                 Deadline deadline) {
  const std::vector<Matcher> any = {Matcher::any_metric()};
  store::SelectRequest request{any, range};
  request.series_max = std::numeric_limits<uint64_t>::max();
  ASSIGN_OR_RETURN(const auto set, store.select(tenant, request, deadline));
  Cardinality out;
  Counter by_metric;
  Counter by_pair;
  Counter values;
  Counter bytes;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, set->next());
    if (!more) break;
    ++out.series;
    for (const Label& label : set->labels()) {
      if (label.name == kMetricName) ++count_of(by_metric, label.value);
      if (++count_of(by_pair, pair_text(label)) > 1) continue;
      ++count_of(values, label.name);
      count_of(bytes, label.name) += label.value.size();
    }
  }
  out.label_pairs = by_pair.size();
  out.series_by_metric = largest(by_metric, limit);
  out.values_by_label = largest(values, limit);
  out.value_bytes_by_label = largest(bytes, limit);
  out.series_by_pair = largest(by_pair, limit);
  return out;
}

}  // namespace weir::gateway
