#include "store/embedded/posting_list.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::store::embedded {
namespace {

Postings numbers_of(const PostingList& list) {
  Postings out;
  list.append_to(out);
  return out;
}

TEST(PostingList, IsEmptyAtFirst) {
  EXPECT_TRUE(numbers_of(PostingList()).empty());
}

TEST(PostingList, AppendsToWhatIsThere) {
  PostingList list;
  list.push_back(0);
  list.push_back(UINT32_MAX - 1);
  Postings out = {7};
  list.append_to(out);
  EXPECT_EQ(out, (Postings{7, 0, UINT32_MAX - 1}));
}

// After each number, so that the run at the end is seen at every length.
TEST(PostingList, ReadsAsItWasWritten) {
  for (const uint64_t gap_max : {1, 2, 3, 200, 100'000}) {
    os::Random random(gap_max);
    for (int round = 0; round < 20; ++round) {
      PostingList list;
      Postings expected;
      uint32_t number = static_cast<uint32_t>(random.below(gap_max));
      for (int i = 0; i < 200; ++i) {
        list.push_back(number);
        expected.push_back(number);
        ASSERT_EQ(numbers_of(list), expected) << "gaps below " << gap_max;
        std::vector<bool> wanted(random.below(2 * uint64_t{number} + 2));
        if (!wanted.empty()) wanted[random.below(wanted.size())] = true;
        const auto is_wanted = [&](uint32_t one) { return one < wanted.size() && wanted[one]; };
        ASSERT_EQ(list.meets(wanted), std::any_of(expected.begin(), expected.end(), is_wanted));
        number += random.below(4) == 0 ? 1 + static_cast<uint32_t>(random.below(gap_max)) : 1;
      }
    }
  }
}

TEST(PostingList, KnowsAboutItsSize) {
  PostingList list;
  EXPECT_EQ(list.about_size(), 0u);
  for (uint32_t i = 0; i < 30; ++i) {
    list.push_back(i < 10 ? i : i * 1'000);
    ASSERT_EQ(list.about_size(), i + 1);
  }
  for (uint32_t i = 30; i < 10'000; ++i) list.push_back(i * 1'000);
  EXPECT_NEAR(static_cast<double>(list.about_size()), 10'000, 4'000);
}

TEST(PostingList, TakesFewBytes) {
  PostingList run;
  PostingList strided;
  for (uint32_t i = 0; i < 100'000; ++i) {
    run.push_back(i);
    strided.push_back(i * 100);
  }
  EXPECT_EQ(run.heap_bytes(), 0u);
  EXPECT_LE(strided.heap_bytes(), 200'000u);
}

}  // namespace
}  // namespace weir::store::embedded
