#include "store/embedded/chunk_lenders.h"

#include <utility>

namespace weir::store::embedded {

std::optional<ChunkLoan> ChunkLenders::borrow(std::string_view begin, uint64_t offset) {
  if (begin.size() < kBeginBytesMin) return std::nullopt;
  auto found = recent_.find(begin);
  if (found == recent_.end()) {
    const auto older = older_.find(begin);
    if (older == older_.end()) return std::nullopt;
    auto node = older_.extract(older);
    found = remember(std::move(node.key()), node.mapped());
  }
  Lender& lender = found->second;
  if (lender.borrowers == kBorrowersMax) return std::nullopt;
  ++lender.borrowers;
  return ChunkLoan{offset - lender.offset, lender.size_bytes, static_cast<uint32_t>(begin.size())};
}

void ChunkLenders::add(std::string_view begin, uint64_t offset, uint32_t size_bytes) {
  if (begin.size() >= kBeginBytesMin) remember(std::string(begin), {offset, size_bytes, 0});
}

ChunkLenders::Lenders::iterator ChunkLenders::remember(std::string begin, const Lender& lender) {
  if (recent_bytes_ + begin.size() > kMemoryBytesMax / 2) {
    older_ = std::exchange(recent_, {});
    recent_bytes_ = 0;
  }
  recent_bytes_ += begin.size();
  return recent_.insert_or_assign(std::move(begin), lender).first;
}

}  // namespace weir::store::embedded
