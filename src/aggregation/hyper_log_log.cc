#include "aggregation/hyper_log_log.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>
#include <span>
#include <utility>

namespace weir::aggregation {
namespace {

constexpr int kIndexBits = 14;
constexpr size_t kRegisters = size_t{1} << kIndexBits;
constexpr size_t kRestBits = 64 - kIndexBits;
constexpr size_t kRankMax = kRestBits + 1;  // of a hash whose rest is all zeros

using RankCounts = std::array<uint32_t, kRankMax + 1>;

RankCounts count_ranks(std::span<const uint8_t> registers) {
  RankCounts counts{};
  for (const uint8_t rank : registers) ++counts[rank];
  return counts;
}

// Ertl's sigma: x + the sum over k of x^(2^k) * 2^(k-1), for the registers that are 0.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double weight = 1;
  double sum = x;
  for (double before = -1; sum != before;) {
    before = sum;
    x *= x;
    sum += x * weight;
    weight += weight;
  }
  return sum;
}

// Ertl's tau: the counterpart of sigma for the registers that are full.
double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double weight = 1;
  double sum = 1 - x;
  for (double before = -1; sum != before;) {
    before = sum;
    x = std::sqrt(x);
    weight *= 0.5;
    sum -= (1 - x) * (1 - x) * weight;
  }
  return sum / 3;
}

// The counts are whole numbers taken in a fixed order, so equal registers give the same bits.
double improved_raw_estimate(const RankCounts& counts) {
  constexpr double kCount = kRegisters;
  double sum = kCount * tau(1 - counts[kRankMax] / kCount);
  for (size_t rank = kRestBits; rank >= 1; --rank) sum = 0.5 * (sum + counts[rank]);
  sum += kCount * sigma(counts[0] / kCount);
  return kCount * kCount / (2 * std::numbers::ln2 * sum);
}

}  // namespace

void HyperLogLog::add(uint64_t hash) {
  if (has_registers()) return note(hash);
  const auto at = std::lower_bound(exact_.begin(), exact_.end(), hash);
  if (at != exact_.end() && *at == hash) return;
  exact_.insert(at, hash);
  if (exact_.size() > kExactMax) make_registers();
}

void HyperLogLog::merge(const HyperLogLog& other) {
  if (!has_registers() && !other.has_registers()) {
    std::vector<uint64_t> both;
    both.reserve(exact_.size() + other.exact_.size());
    std::set_union(exact_.begin(), exact_.end(), other.exact_.begin(), other.exact_.end(),
                   std::back_inserter(both));
    exact_ = std::move(both);
    if (exact_.size() > kExactMax) make_registers();
    return;
  }
  if (!has_registers()) make_registers();
  for (const uint64_t hash : other.exact_) note(hash);
  for (size_t i = 0; i < other.registers_.size(); ++i) {
    registers_[i] = std::max(registers_[i], other.registers_[i]);
  }
}

double HyperLogLog::estimate() const {
  if (!has_registers()) return static_cast<double>(exact_.size());
  return improved_raw_estimate(count_ranks(registers_));
}

size_t HyperLogLog::size_bytes() const {
  return sizeof(*this) + exact_.capacity() * sizeof(uint64_t) + registers_.capacity();
}

void HyperLogLog::make_registers() {
  registers_.resize(kRegisters);
  for (const uint64_t hash : exact_) note(hash);
  exact_ = std::vector<uint64_t>();  // `= {}` would keep the memory
}

void HyperLogLog::note(uint64_t hash) {
  // The bit below the rest ends the run of zeros, so that a rest of zeros has the largest rank.
  const uint64_t rest = (hash << kIndexBits) | (uint64_t{1} << (kIndexBits - 1));
  const auto rank = static_cast<uint8_t>(std::countl_zero(rest) + 1);
  uint8_t& largest = registers_[hash >> kRestBits];
  largest = std::max(largest, rank);
}

}  // namespace weir::aggregation
