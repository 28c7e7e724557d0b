#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/container/btree_map.h>

#include "store/embedded/head_series.h"
#include "store/embedded/label_index.h"
#include "store/embedded/label_values.h"
#include "store/embedded/number_table.h"
#include "store/embedded/posting_list.h"

namespace weir::store::embedded {

/// A series and the labels that it is known to have.
struct KnownSeries {
  HeadSeries* series = nullptr;
  LabelsView labels;
};

/// One tenant's series in a shard of the head, by labels. Series are numbered in the order of their arrival.
/// Guarded by the shard's mutex.
class HeadIndex : public LabelIndex {
 public:
  /// Null when there is none.
  HeadSeries* find(const HashedLabels& labels) const;
  /// `find`, with a look at the successor of `previous` first; of a null series for no previous.
  HeadSeries* find_after(const KnownSeries& previous, const HashedLabels& labels) const;
  /// `next` came after `series`: `find_after` expects it to do so again.
  void set_successor(HeadSeries& series, HeadSeries& next);
  /// The series must not be here yet.
  HeadSeries& add(const HashedLabels& labels);
  /// Drops the series without windows and numbers the rest anew; their labels move to a new pool, and the old
  /// one is freed when its last reader leaves. Others than the dropped stay where they are.
  void drop_idle();

  size_t series_count() const { return by_number_.size(); }
  HeadSeries& series(uint32_t number) const { return *by_number_[number]; }
  /// Whose labels a reader may use without the shard's mutex.
  const std::shared_ptr<LabelPool>& pool() const { return pool_; }
  /// Memory of the index and the series, without their windows. In constant time.
  size_t size_bytes() const;

  void append_all(Postings& out) const override;
  size_t series_count(Label label) const override;
  void append_equal(Label label, Postings& out) const override;
  void append_values(std::string_view name, std::string_view prefix,
                     absl::FunctionRef<bool(std::string_view)> wanted, Postings& out) const override;
  size_t value_count(std::string_view name) const override;
  std::string_view value_of(uint32_t series, std::string_view name) const override;
  void append_labels(uint32_t series, std::string& out) const override;
  void visit_names(absl::FunctionRef<bool(std::string_view)> visit) const override;
  void visit_values(std::string_view name, absl::FunctionRef<bool(std::string_view)> visit) const override;
  void visit_values_of(const std::vector<bool>& wanted, std::string_view name,
                       absl::FunctionRef<bool(std::string_view)> visit) const override;

 private:
  PooledLabels labels_of(const HeadSeries& series) const { return {*pool_, series.labels}; }
  uint32_t find_label(std::string_view bytes, uint32_t tag) const;
  const PostingList* find_postings(Label label) const;
  uint32_t find_or_add_label(std::string_view bytes);
  uint32_t add_label(std::string_view bytes, uint32_t tag);
  HeadSeries& insert(std::unique_ptr<HeadSeries> series, uint32_t tag, std::span<const uint32_t> labels);
  void take_over(std::unique_ptr<HeadSeries> series, uint32_t tag, const LabelPool& pool,
                 std::vector<uint32_t>& numbers);

  std::vector<std::unique_ptr<HeadSeries>> by_number_;
  NumberTable by_labels_;
  std::shared_ptr<LabelPool> pool_ = std::make_shared<LabelPool>();
  NumberTable labels_;                 // the pool's
  std::vector<PostingList> postings_;  // by label
  size_t postings_bytes_ = 0;          // beside the lists themselves
  absl::btree_map<std::string, LabelValues, std::less<>> names_;
  std::vector<uint32_t> scratch_;  // the labels of the series being added
};

}  // namespace weir::store::embedded
