#include "ingest/pending_metadata.h"

#include <algorithm>

namespace weir::ingest {

void merge(const PendingMetadata& pending, MetricDescriptions& metrics) {
  std::vector<MetricDescription>& known = metrics[pending.metric];
  const auto found = std::ranges::find(known, pending.description);
  if (found != known.end()) {
    if (pending.in_use_again) std::rotate(known.begin(), found, found + 1);
    return;
  }
  known.insert(known.begin(), pending.description);
  if (known.size() > kDescriptionsPerMetricMax) known.pop_back();
}

}  // namespace weir::ingest
