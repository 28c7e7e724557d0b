#include "store/embedded/label_query.h"

#include <set>

#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::store::embedded {
namespace {

TEST(TextSet, IsTheUnionOfWhatWasMerged) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    os::Random random(seed);
    TextSet merged;
    std::set<std::string> expected;
    for (uint64_t left = random.below(6); left > 0; --left) {
      std::set<std::string> part;
      for (uint64_t texts = random.below(40); texts > 0; --texts)
        part.insert(std::to_string(random.below(100)));
      merged.merge({part.begin(), part.end()});
      expected.insert(part.begin(), part.end());
    }
    const uint64_t limit = random.below(120);
    std::vector<std::string> first(expected.begin(), expected.end());
    if (first.size() > limit) first.resize(limit);
    EXPECT_EQ(merged.take_first(limit), first) << "seed " << seed;
    EXPECT_TRUE(merged.take_first(1).empty());
  }
}

}  // namespace
}  // namespace weir::store::embedded
