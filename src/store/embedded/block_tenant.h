#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/labels.h"
#include "store/embedded/block_index.h"
#include "store/embedded/label_index.h"

namespace weir::store::embedded {

/// One tenant's series in a block, numbered from 0 in ascending order of labels. Lives as long as its Block;
/// immutable.
class BlockTenant : public LabelIndex {
 public:
  BlockTenant(const BlockIndex& index, const BlockTenantEntry& entry) : index_(&index), entry_(entry) {}

  TenantId tenant() const { return entry_.tenant; }
  uint32_t series_count() const { return entry_.series_count; }
  /// Appends the chunks of the series' samples, ascending.
  void append_chunks(uint32_t series, std::vector<ChunkRef>& out) const;
  /// Appends the chunks of another list of the series, ascending; none where it has no such list.
  void append_list(uint32_t series, ChunkList list, std::vector<ChunkRef>& out) const;
  /// Appends those of all lists, in the order of the file.
  void append_all_chunks(uint32_t series, std::vector<ChunkRef>& out) const;
  /// The number of the series with these labels.
  std::optional<uint32_t> find(LabelsView labels) const;

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
  /// The first pair that is not before (name, value); pairs are numbered from 0 within the tenant.
  uint32_t lower_bound(Label label) const;
  std::optional<uint32_t> find_pair(Label label) const;
  uint32_t end_of_name(uint32_t pair) const;
  std::string_view name(uint32_t pair) const { return index_->name(entry_.pairs_begin + pair); }
  std::string_view value(uint32_t pair) const { return index_->value(entry_.pairs_begin + pair); }
  ByteReader postings_of(uint32_t pair) const;
  bool meets(uint32_t pair, const std::vector<bool>& wanted) const;
  void append_postings(uint32_t pair, Postings& out) const;
  std::optional<std::vector<uint32_t>> pairs_of(LabelsView labels) const;
  bool before(uint32_t series, const std::vector<uint32_t>& pairs) const;
  bool has_pairs(uint32_t series, const std::vector<uint32_t>& pairs) const;
  ByteReader behind_pairs(uint32_t series) const;

  const BlockIndex* index_;
  BlockTenantEntry entry_;
};

}  // namespace weir::store::embedded
