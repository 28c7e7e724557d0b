#pragma once

#include <memory>
#include <vector>

#include <absl/container/inlined_vector.h>

#include "model/labels.h"
#include "model/tenant_id.h"
#include "store/embedded/label_pool.h"
#include "store/embedded/series_window.h"

namespace weir::store::embedded {

/// A series with samples or exemplars in the head. Guarded by the shard's mutex.
struct HeadSeries {
  LabelPool::Set labels;              ///< In the pool of its HeadIndex.
  uint32_t number = 0;                ///< In its HeadIndex.
  PooledLabels::Tail successor_tail;  ///< The labels that it shares with the successor.
  /// The series that came after this one last time, of the same HeadIndex; null when unknown. Senders repeat
  /// their order, so it is nearly always the next one too.
  HeadSeries* successor = nullptr;
  /// One for each window with samples or exemplars; almost always one. A frozen window may stand beside an
  /// open one of the same time.
  absl::InlinedVector<SeriesWindow, 1> windows;
};

/// Labels with their `series_hash`.
struct HashedLabels {
  LabelsView labels;
  uint64_t hash;
};

/// What a reader keeps of a series: usable without the shard's mutex.
struct HeadSeriesView {
  TenantId tenant;
  std::shared_ptr<const LabelPool> pool;
  LabelPool::Set set;               ///< Of `pool`.
  std::vector<WindowView> windows;  ///< Frozen before open, so that the sample stored last comes last.
  /// Copies of those in the windows, window by window. Only for who writes a block of them.
  ExemplarColumns exemplars = {};

  PooledLabels labels() const { return {*pool, set}; }
};

/// Frozen windows of the head.
struct FrozenWindows {
  std::vector<HeadSeriesView> views;
  TimeRange times;  ///< Covers all of their samples.
};

}  // namespace weir::store::embedded
