// Whether the oracle can see: each fault that is planted makes it fail within a few seeds.
#include <gtest/gtest.h>

#include "support/oracle/planted.h"

namespace weir::oracle {
namespace {

constexpr int kSteps = 150;
constexpr uint64_t kSeedsMax = 60;

class PlantedFaults : public testing::TestWithParam<size_t> {};
INSTANTIATE_TEST_SUITE_P(All, PlantedFaults, testing::Range<size_t>(0, planted_faults().size()),
                         [](const auto& fault) { return planted_faults()[fault.param].name; });

TEST_P(PlantedFaults, IsCaught) {
  for (uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
    const auto wrong = Oracle(seed, planted_faults()[GetParam()].plant).run(kSteps);
    if (!wrong) continue;
    RecordProperty("disagreement", *wrong);
    std::cout << *wrong << "\n";
    return;
  }
  FAIL() << "not in " << kSeedsMax << " seeds";
}

}  // namespace
}  // namespace weir::oracle
