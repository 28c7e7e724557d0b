#pragma once

#include <string>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/flat_hash_set.h>

#include "store/embedded/head_series.h"
#include "store/embedded/label_index.h"

namespace weir::store::embedded {

/// One tenant's series in a shard of the head, by labels. Series are numbered in the order of their arrival.
/// Guarded by the shard's mutex.
class HeadIndex : public LabelIndex {
 public:
  /// Null when there is none.
  HeadSeries* find(const HashedLabels& labels) const;
  /// `find`, with a look at the successor of `previous` first; null for no previous.
  HeadSeries* find_after(HeadSeries* previous, const HashedLabels& labels) const;
  /// The series must not be here yet.
  HeadSeries& add(HeadSeriesPtr series);
  /// Drops the series without windows and numbers the rest anew. Returns the sum of their `size_bytes`.
  size_t drop_idle();

  size_t series_count() const { return by_number_.size(); }
  const HeadSeriesPtr& series(uint32_t number) const { return by_number_[number]; }
  /// Memory of one more series with these labels, index included; an estimate.
  static size_t size_bytes(LabelsView labels);

  void append_all(Postings& out) const override;
  void append_equal(Label label, Postings& out) const override;
  void append_values(std::string_view name, std::string_view prefix,
                     absl::FunctionRef<bool(std::string_view)> wanted, Postings& out) const override;
  size_t value_count(std::string_view name) const override;
  std::string_view value_of(uint32_t series, std::string_view name) const override;
  void append_labels(uint32_t series, std::string& out) const override;
  void visit_names(absl::FunctionRef<bool(std::string_view)> visit) const override;
  void visit_values(std::string_view name, absl::FunctionRef<bool(std::string_view)> visit) const override;

 private:
  using Values = absl::btree_map<std::string, Postings, std::less<>>;

  absl::flat_hash_set<HeadSeriesPtr, HeadSeriesHash, HeadSeriesEqual> by_labels_;
  std::vector<HeadSeriesPtr> by_number_;
  absl::btree_map<std::string, Values, std::less<>> names_;
};

}  // namespace weir::store::embedded
