#include "os/memory.h"

#include <fstream>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "os/host.h"

namespace weir::os {
namespace {

size_t resident_bytes() {
  size_t pages = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * page_bytes();
}

TEST(Memory, WhatIsFreedBelowWhatIsUsedGoesBackToo) {
#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "another allocator";
#endif
  constexpr size_t kPieces = 64 << 10;
  constexpr size_t kPieceBytes = 1 << 10;
  std::vector<std::unique_ptr<char[]>> pieces;
  for (size_t i = 0; i < kPieces; ++i) pieces.push_back(std::make_unique<char[]>(kPieceBytes));
  const size_t before = resident_bytes();
  pieces.erase(pieces.begin(), pieces.end() - 1);
  give_back_freed_memory();
  EXPECT_LT(resident_bytes() + kPieces * kPieceBytes / 2, before);
}

}  // namespace
}  // namespace weir::os
