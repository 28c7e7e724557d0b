#pragma once

#include <bit>
#include <memory>
#include <string>

#include <absl/container/inlined_vector.h>

#include "model/labels.h"
#include "model/tenant_id.h"
#include "store/embedded/series_window.h"

namespace weir::store::embedded {

/// A series with samples in the head. Tenant, labels and hash never change, so a reader that holds the series
/// may use them at any time; everything else is guarded by the shard's mutex.
struct HeadSeries {
  HeadSeries(TenantId owner, LabelsView labels_view, uint64_t labels_hash)
      : tenant(owner), hash(labels_hash), labels(labels_view) {}

  const TenantId tenant;
  const uint64_t hash;  ///< `series_hash`.
  const Labels labels;
  uint32_t number = 0;  ///< In its tenant's HeadIndex.
  /// The series that came after this one last time, of the same HeadIndex; null when unknown. Senders repeat
  /// their order, so it is nearly always the next one too.
  HeadSeries* successor = nullptr;
  /// One for each window with samples; almost always one. A frozen window may stand beside an open one of the
  /// same time.
  absl::InlinedVector<SeriesWindow, 1> windows;
};
using HeadSeriesPtr = std::shared_ptr<HeadSeries>;

/// Labels with their `series_hash`.
struct HashedLabels {
  LabelsView labels;
  uint64_t hash;
};

/// All series of a shard agree in the hash modulo the number of partitions, and the table takes its tags from
/// the low bits: so the halves change places.
struct HeadSeriesHash {
  using is_transparent = void;
  size_t operator()(const HeadSeriesPtr& series) const { return std::rotl(series->hash, 32); }
  size_t operator()(const HashedLabels& labels) const { return std::rotl(labels.hash, 32); }
};
struct HeadSeriesEqual {
  using is_transparent = void;
  bool operator()(const HeadSeriesPtr& a, const HeadSeriesPtr& b) const { return a->labels == b->labels; }
  bool operator()(const HeadSeriesPtr& a, const HashedLabels& b) const {
    return a->hash == b.hash && a->labels.view() == b.labels;
  }
};

/// What a reader keeps of a series: usable without the shard's mutex.
struct HeadSeriesView {
  std::shared_ptr<const HeadSeries> series;
  std::vector<WindowView> windows;  ///< Frozen before open, so that the sample stored first comes first.
};

}  // namespace weir::store::embedded
