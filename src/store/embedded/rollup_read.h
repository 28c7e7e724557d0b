#pragma once

#include <span>
#include <vector>

#include "model/sample.h"
#include "store/embedded/block.h"
#include "store/embedded/rollup_plan.h"

namespace weir::store::embedded {

/// What a block has of one series inside the range of a plan: chunks, ascending.
struct RollupSource {
  const Block* block;
  const BlockTenant* tenant;
  uint32_t series;
  std::span<const ChunkRef> samples;  ///< Not empty.
};

/// Whether integers add up to the same in any order: none of them is a fraction, and the sum of their
/// magnitudes stays below 2^53. Owned by one thread.
class ExactSum {
 public:
  void add(std::span<const double> values);
  bool holds() const { return holds_; }

 private:
  double magnitude_ = 0;
  bool holds_ = true;
};

/// Appends samples that stand for those of the source under a reduction of this kind: a rollup where the plan
/// allows it and the source has one that fits, samples elsewhere. Nobody else may have samples of the series
/// between the source's first and last, and nothing may be masked in the range of the plan. False, with `out`
/// unchanged, where samples are as good. `sum` learns of all values where `kind` is kSum; when it holds no
/// more, what was appended is of no use. Errors: kCorruption names the block.
Result<bool> read_rollup(const RollupSource& source, std::span<const RollupSegment> plan,
                         WindowReduction::Kind kind, ExactSum& sum, SampleColumns& out);

}  // namespace weir::store::embedded
