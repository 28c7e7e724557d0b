#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::aggregation {

/// Estimates how many distinct 64-bit hashes it was given. Owned by one thread. A value; copies cost its
/// bytes.
///
/// HyperLogLog++ (Heule, Nunkesser, Hall, "HyperLogLog in Practice", EDBT 2013) with 2^14 registers: standard
/// error 0.81 %. Up to `kExactMax` distinct hashes are kept as they are, and counted exactly.
/// In place of that paper's tables of bias: the improved raw estimator of Ertl, "New cardinality estimation
/// algorithms for HyperLogLog sketches", arXiv 1702.01284, which needs none.
class HyperLogLog {
 public:
  static constexpr size_t kExactMax = 1'024;
  static constexpr double kStandardError = 0.0081;

  /// `hash`: of a good hash function, all 64 bits of it.
  void add(uint64_t hash);
  /// As if it had been given what `other` was given. Order and grouping of merges change nothing.
  void merge(const HyperLogLog& other);
  /// 0 when it was given nothing; a whole number up to `kExactMax`.
  double estimate() const;
  /// With this object itself: 16 KiB and little more at most.
  size_t size_bytes() const;

 private:
  bool has_registers() const { return !registers_.empty(); }
  void make_registers();
  void note(uint64_t hash);

  std::vector<uint64_t> exact_;     // sorted and unique; empty once there are registers
  std::vector<uint8_t> registers_;  // empty or 2^14, each 0 to 51
};

}  // namespace weir::aggregation
