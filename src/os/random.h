#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace weir::os {

/// A seeded generator for tests, jitter and sampling; not for secrets. Owned by one thread.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  uint64_t next() { return engine_(); }
  /// Uniform in [0, bound); bound at least 1.
  uint64_t below(uint64_t bound) { return std::uniform_int_distribution<uint64_t>(0, bound - 1)(engine_); }
  /// Uniform in [0, 1).
  double unit() { return std::uniform_real_distribution<double>(0, 1)(engine_); }

 private:
  std::mt19937_64 engine_;
};

/// `size` bytes from the kernel's generator, for keys and identifiers.
std::string secure_random_bytes(size_t size);

/// A seed for Random from the kernel.
uint64_t random_seed();

}  // namespace weir::os
