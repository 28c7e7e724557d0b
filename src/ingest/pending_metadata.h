#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/metric_metadata.h"

namespace weir::ingest {

/// A description on its way to the catalogue.
struct PendingMetadata {
  std::string metric;
  MetricDescription description;
  bool in_use_again = false;  ///< Known before; now the latest.
  uint32_t metrics_max = 0;   ///< Of its tenant, as the limits were when it came.

  /// What it takes of the queue's bound.
  size_t bytes() const {
    return sizeof(*this) + metric.size() + description.unit.size() + description.help.size();
  }
};

/// Adds a description to those of its metric: a new one as the latest, in place of the last where there are
/// kDescriptionsPerMetricMax. One that is there stays in its place unless it is `in_use_again`, so that
/// processes that see the senders in another order agree.
void merge(const PendingMetadata& pending, MetricDescriptions& metrics);

}  // namespace weir::ingest
