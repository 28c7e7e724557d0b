#include "wire/sample_tokens.h"

#include <array>
#include <bit>
#include <cmath>

namespace weir::wire {
namespace {

// A value is n / 10^places where there is such an integer n: of 0, 1 and 2 places the token says both, of 3
// to 6 it says the places and n follows, and of any other value its bytes follow.
constexpr unsigned kPlacesBits = 2;
constexpr uint64_t kOther = 3;  // in those bits: more places, or none
constexpr size_t kPlacesMax = 6;
constexpr std::array<double, kPlacesMax + 1> kPowersOfTen = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
/// Every integer up to it has its own double.
constexpr double kIntegerMax = 9'007'199'254'740'992.0;  // 2^53

uint64_t minus(TimestampMs a, TimestampMs b) {
  return static_cast<uint64_t>(a) - static_cast<uint64_t>(b);  // wraps: any two times have a difference
}
TimestampMs plus(TimestampMs a, uint64_t b) {
  return static_cast<TimestampMs>(static_cast<uint64_t>(a) + b);
}

/// The time that is expected at `k` of a series whose times before it are there already.
TimestampMs expected(std::span<const TimestampMs> before, std::span<const TimestampMs> times, size_t k) {
  if (k == 0) return before.empty() ? 0 : before.front();
  if (k < before.size()) return plus(times[k - 1], minus(before[k], before[k - 1]));
  return k == 1 ? times[0] : plus(times[k - 1], minus(times[k - 1], times[k - 2]));
}

/// Whether `value` is n / 10^places bit for bit, and which n.
bool is_decimal(double value, size_t places, int64_t& n) {
  const double scaled = std::rint(value * kPowersOfTen[places]);
  if (!(std::fabs(scaled) <= kIntegerMax)) return false;
  n = static_cast<int64_t>(scaled);
  const double back = static_cast<double>(n) / kPowersOfTen[places];
  return std::bit_cast<uint64_t>(back) == std::bit_cast<uint64_t>(value);
}

/// Whether it is worth while to look for places: most values that have none are told by one multiplication.
bool may_be_decimal(double value) {
  const double scaled = value * kPowersOfTen[kPlacesMax];
  return std::fabs(scaled) <= kIntegerMax && std::fabs(scaled - std::rint(scaled)) <= 1e-3;
}

}  // namespace

void append_value_token(double value, ByteWriter& out) {
  int64_t n = 0;
  if (is_decimal(value, 0, n)) return out.varint(zigzag(n) << kPlacesBits);
  if (is_decimal(value, 2, n)) {
    int64_t fewer = 0;
    if (is_decimal(value, 1, fewer)) return out.varint(zigzag(fewer) << kPlacesBits | 1);
    return out.varint(zigzag(n) << kPlacesBits | 2);
  }
  if (may_be_decimal(value)) {
    for (size_t places = 3; places <= kPlacesMax; ++places) {
      if (!is_decimal(value, places, n)) continue;
      out.varint(static_cast<uint64_t>(places) << kPlacesBits | kOther);
      return out.svarint(n);
    }
  }
  out.varint(kOther);
  out.f64(value);
}

double read_value_token(ByteReader& in) {
  const uint64_t token = in.varint();
  const uint64_t kind = token & kOther;
  const uint64_t rest = token >> kPlacesBits;
  if (kind == 0) return static_cast<double>(unzigzag(rest));
  if (kind != kOther) return static_cast<double>(unzigzag(rest)) / kPowersOfTen[kind];
  if (rest == 0) return in.f64();
  if (rest < 3 || rest > kPlacesMax) {
    in.fail();
    return 0;
  }
  return static_cast<double>(in.svarint()) / kPowersOfTen[rest];
}

void TimeTokenWriter::add(std::span<const TimestampMs> times) {
  for (size_t k = 0; k < times.size(); ++k) {
    const auto residual = static_cast<int64_t>(minus(times[k], expected(before_, times, k)));
    if (residual == 0) {
      ++zeros_;
      continue;
    }
    write_zeros();
    out_.svarint(residual);
  }
  if (!times.empty()) before_ = times;
}

void TimeTokenWriter::write_zeros() {
  if (zeros_ == 0) return;
  out_.varint(0);
  out_.varint(zeros_ - 1);
  zeros_ = 0;
}

void TimeTokenReader::read(std::span<TimestampMs> times) {
  for (size_t k = 0; k < times.size(); ++k) {
    times[k] = plus(expected(before_, times, k), static_cast<uint64_t>(residual()));
  }
  if (!times.empty()) before_ = times;
}

int64_t TimeTokenReader::residual() {
  if (zeros_ == 0) {
    const uint64_t token = in_.varint();
    if (token != 0 || !in_.ok()) return unzigzag(token);
    const uint64_t more = in_.varint();
    if (more == UINT64_MAX) in_.fail();
    zeros_ = in_.ok() ? more + 1 : 1;
  }
  --zeros_;
  return 0;
}

}  // namespace weir::wire
