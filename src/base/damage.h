#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// Bytes of a file that are not what was written there, and what to do about it. For reports to people.
struct Damage {
  std::string path;
  uint64_t position = 0;  ///< In the file.
  uint64_t bytes = 0;     ///< How many from there on; 0 when the whole file is meant, or one that is missing.
  std::string what;
  std::string remedy;
};

/// The damage found so far: the first kept whole, the rest counted, so that a disk that has gone bad all over
/// does not fill the memory. Owned by one thread.
class DamageList {
 public:
  static constexpr size_t kKeptMax = 1'000;

  void add(Damage damage) {
    ++count_;
    if (kept_.size() < kKeptMax) kept_.push_back(std::move(damage));
  }
  bool empty() const { return count_ == 0; }
  uint64_t count() const { return count_; }
  const std::vector<Damage>& kept() const { return kept_; }

 private:
  std::vector<Damage> kept_;
  uint64_t count_ = 0;
};

}  // namespace weir
