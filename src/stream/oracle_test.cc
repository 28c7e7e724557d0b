// The embedded engine against a naive one; docs/testing.md has the rules. WEIR_ORACLE_SEED=7 runs one seed,
// WEIR_ORACLE_SEEDS=5000 that many from WEIR_ORACLE_FIRST on.
#include "support/oracle/oracle.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace weir::oracle {
namespace {

constexpr int kSteps = 150;
constexpr uint64_t kSeeds = 8;

uint64_t environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoull(text);
}

TEST(Oracle, AgreesWithTheEngine) {
  const bool one = std::getenv("WEIR_ORACLE_SEED") != nullptr;
  const uint64_t first = environment("WEIR_ORACLE_SEED", environment("WEIR_ORACLE_FIRST", 1));
  const uint64_t count = one ? 1 : environment("WEIR_ORACLE_SEEDS", kSeeds);
  for (uint64_t seed = first; seed < first + count; ++seed) {
    Oracle oracle(seed);
    const auto wrong = oracle.run(kSteps);
    EXPECT_FALSE(wrong.has_value()) << *wrong << "\n" << oracle.story();
  }
}

}  // namespace
}  // namespace weir::oracle
