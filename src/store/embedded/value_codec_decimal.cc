#include "store/embedded/value_codec_decimal.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <fmt/format.h>

#include "store/embedded/bit_math.h"
#include "store/embedded/integer_codec.h"

namespace weir::store::embedded {

namespace {

constexpr std::array<double, 10> kPowersOfTen = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr uint8_t kPlacesMask = 0x0f;
constexpr uint8_t kHasCorrections = 0x10;
constexpr int64_t kCorrectionMax = 2;
/// Below this a scaled value converts to an integer without overflow.
constexpr double kScaledMax = 9.2e18;

/// value == integer / 10^places, moved by `correction` units in the last place.
struct Decimal {
  int64_t integer;
  int64_t correction;
};

double decimal_value(Decimal decimal, double power) {
  const auto quotient = std::bit_cast<int64_t>(static_cast<double>(decimal.integer) / power);
  return std::bit_cast<double>(wrapping_add(quotient, decimal.correction));
}

std::optional<Decimal> as_decimal(double value, double power) {
  const double scaled = value * power;
  if (!(std::fabs(scaled) < kScaledMax)) return std::nullopt;
  Decimal decimal{static_cast<int64_t>(std::rint(scaled)), 0};
  decimal.correction =
      wrapping_sub(std::bit_cast<int64_t>(value), std::bit_cast<int64_t>(decimal_value(decimal, power)));
  if (decimal.correction < -kCorrectionMax || decimal.correction > kCorrectionMax) return std::nullopt;
  return decimal;
}

/// out[i] = integers[i] / power. Two divisions take a processor as long as one, if they are asked for at
/// once, and integers below 2^51 can be: added to the bits of 1.5 * 2^52 they are its last digits.
void divide(std::span<const int64_t> integers, double power, std::span<double> out) {
  size_t i = 0;
#if defined(__SSE2__)
  constexpr double kMagic = 6'755'399'441'055'744.0;  // 1.5 * 2^52
  constexpr uint64_t kHalf = uint64_t{1} << 51;
  uint64_t beyond = 0;
  for (const int64_t integer : integers) beyond |= static_cast<uint64_t>(integer) + kHalf;
  if (beyond < 2 * kHalf) {
    const __m128d magic = _mm_set1_pd(kMagic);
    const __m128d powers = _mm_set1_pd(power);
    for (; i + 2 <= integers.size(); i += 2) {
      const __m128i pair = _mm_loadu_si128(reinterpret_cast<const __m128i*>(integers.data() + i));
      const __m128d values = _mm_castsi128_pd(_mm_add_epi64(pair, _mm_castpd_si128(magic)));
      _mm_storeu_pd(out.data() + i, _mm_div_pd(_mm_sub_pd(values, magic), powers));
    }
  }
#endif
  for (; i < integers.size(); ++i) out[i] = static_cast<double>(integers[i]) / power;
}

/// The fewest places with which every value is a decimal.
std::optional<size_t> places_of(std::span<const double> values) {
  size_t places = 0;
  for (const double value : values) {
    while (!as_decimal(value, kPowersOfTen[places])) {
      if (++places == kPowersOfTen.size()) return std::nullopt;
    }
  }
  return places;
}

}  // namespace

bool encode_decimals(std::span<const double> values, std::string& out) {
  const std::optional<size_t> places = places_of(values);
  if (!places) return false;
  std::array<int64_t, kIntegersMax> integers;
  std::array<int64_t, kIntegersMax> corrections;
  bool corrected = false;
  for (size_t i = 0; i < values.size(); ++i) {
    // A value found with fewer places may need more digits than a double has with these.
    const std::optional<Decimal> decimal = as_decimal(values[i], kPowersOfTen[*places]);
    if (!decimal) return false;
    integers[i] = decimal->integer;
    corrections[i] = decimal->correction;
    corrected |= decimal->correction != 0;
  }
  ByteWriter(out).u8(static_cast<uint8_t>(*places | (corrected ? kHasCorrections : 0)));
  encode_integers(std::span(integers).first(values.size()), out);
  if (corrected) encode_integers(std::span(corrections).first(values.size()), out);
  return true;
}

Status decode_decimals(ByteReader& in, std::span<double> out) {
  const uint8_t head = in.u8();
  const size_t places = head & kPlacesMask;
  if ((head & ~(kPlacesMask | kHasCorrections)) != 0 || places >= kPowersOfTen.size()) {
    return corruption(fmt::format("chunk: unknown decimal head {:#04x} before byte {}", head, in.position()));
  }
  std::array<int64_t, kIntegersMax> buffer;
  const std::span column = std::span(buffer).first(out.size());
  RETURN_IF_ERROR(decode_integers(in, column));
  const double power = kPowersOfTen[places];
  if (places == 0) {
    std::copy(column.begin(), column.end(), out.begin());
  } else {
    divide(column, power, out);
  }
  if ((head & kHasCorrections) == 0) return ok_status();
  RETURN_IF_ERROR(decode_integers(in, column));
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = std::bit_cast<double>(wrapping_add(std::bit_cast<int64_t>(out[i]), column[i]));
  }
  return ok_status();
}

}  // namespace weir::store::embedded
