#pragma once

#include <cstdint>
#include <cstdlib>

namespace weir {

/// The seeds of a test of crashes, [first, end): WEIR_CRASH_SEED=7 is that one alone; else WEIR_CRASH_SEEDS
/// of them (15; 2 under the thread sanitizer, which has little to find on one thread), from WEIR_CRASH_FIRST
/// (1) on.
struct CrashSeeds {
  CrashSeeds() {
    const bool one = std::getenv("WEIR_CRASH_SEED") != nullptr;
    first = environment("WEIR_CRASH_SEED", environment("WEIR_CRASH_FIRST", 1));
    end = first + (one ? 1 : environment("WEIR_CRASH_SEEDS", kCount));
  }

  uint64_t first;
  uint64_t end;

 private:
#ifdef __SANITIZE_THREAD__
  static constexpr uint64_t kCount = 2;
#else
  static constexpr uint64_t kCount = 15;
#endif

  static uint64_t environment(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
  }
};

}  // namespace weir
