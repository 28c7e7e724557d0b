#pragma once

#include <map>
#include <vector>

#include "store/embedded/block.h"
#include "store/store.h"

namespace weir::store::embedded {

/// The series that one of the selectors accepts.
Postings match_any(const LabelIndex& index, std::span<const std::vector<Matcher>> selectors);

/// The answer to a request for exemplars while it is put together from head and blocks, in any order. Owned
/// by one thread.
class FoundExemplars {
 public:
  explicit FoundExemplars(const ExemplarRequest& request) : request_(request) {}

  /// Adds those of a series that are in the request's range and not in `masked`. kResourceExhausted when
  /// there are too many in all.
  Status add(LabelsView labels, const ExemplarColumns& exemplars, const MaskedRanges& masked = {});
  /// Each one once, in order. Call once.
  std::vector<SeriesExemplars> finish();

 private:
  const ExemplarRequest& request_;
  std::map<Labels, ExemplarColumns> series_;
  uint64_t count_ = 0;
};

/// Adds what a block has. Errors: kCorruption names the chunk; those of FoundExemplars::add.
Status read_exemplars(const Block& block, TenantId tenant, const ExemplarRequest& request,
                      FoundExemplars& found);

}  // namespace weir::store::embedded
