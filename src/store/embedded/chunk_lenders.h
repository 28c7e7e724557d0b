#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "store/embedded/borrowed_chunk.h"

namespace weir::store::embedded {

/// Remembers the begins of the chunks that a block has, for later chunks to borrow. A lender serves no more
/// than kBorrowersMax, so that a damaged one takes few with it; then the next chunk becomes the lender.
/// Begins that were not met for long are forgotten, so that memory is bounded. Owned by one thread.
class ChunkLenders {
 public:
  static constexpr int kBorrowersMax = 63;
  /// Shorter ones are not worth borrowing: regular times take some ten bytes.
  static constexpr size_t kBeginBytesMin = 24;
  /// Of begins remembered; some bytes more are taken for each.
  static constexpr size_t kMemoryBytesMax = 16 << 20;

  /// What a chunk with this begin, to be written at `offset`, may borrow. Counts as borrowed.
  std::optional<ChunkLoan> borrow(std::string_view begin, uint64_t offset);
  /// From now on the chunk of `size_bytes` at `offset`, which begins like this, lends.
  void add(std::string_view begin, uint64_t offset, uint32_t size_bytes);

 private:
  struct Lender {
    uint64_t offset;
    uint32_t size_bytes;
    int borrowers;
  };
  using Lenders = std::unordered_map<std::string, Lender, StringHash, std::equal_to<>>;
  Lenders::iterator remember(std::string begin, const Lender& lender);

  // Two generations: `recent_` becomes `older_` when it has half of the memory.
  Lenders recent_;
  Lenders older_;
  size_t recent_bytes_ = 0;
};

}  // namespace weir::store::embedded
