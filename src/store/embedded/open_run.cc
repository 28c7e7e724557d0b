#include "store/embedded/open_run.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"
#include "store/embedded/bit_math.h"

// The idea is that of Pelkonen et al., "Gorilla", VLDB 2015, section 4.1 (a delta of deltas for the time, the
// value beside the one before), in whole bytes, and with the decimals of Afroozeh et al., "ALP", SIGMOD 2023:
// a value is the integer n with value == n / 10^places where there is one, and then its step from the n
// before is kept. A run starts from time 0, delta 0, value 0 and places 0. Its tokens, by their first bits:
//
//   0        7 bits     one delta later, n moved by the zigzag step in the 7 bits
//   10      14 bits     the same, most significant byte first
//   110     21 bits     the same
//   1110     4 bits     k + 1 samples, each one delta later with the same value; k = 15: a byte b follows,
//   and
//                       they are 16 + b
//   1111 t vvv          t = 1: the zigzag varint of the delta's change follows. Then the value by vvv:
//                       0 same; 1 zigzag varint of the step of n; 2 a byte of places, then as 1;
//                       3 a byte (leading zero bytes * 16 + size), then `size` bytes of the bits xor those
//                       before
//
// A delta of 2^32 ms or more is not kept as the next one's prediction. Samples after the last token repeat as
// 1110 does: so a value that stays costs no byte.
namespace weir::store::embedded {
namespace {

constexpr std::array<double, 7> kPowersOfTen = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
constexpr uint8_t kNotDecimal = 0xff;
/// Below it n is the integer next to value * 10^places, since the two roundings of n / 10^places * 10^places
/// are less than a half: so the writer needs to keep no n.
constexpr double kScaledMax = 0x1p50;

constexpr unsigned kStepBitsMax = 21;
constexpr uint32_t kStepPrefixes[] = {0, 0, 0x8000, 0xc00000};  // by bytes
constexpr uint8_t kRepeat = 0xe0;
constexpr unsigned kRepeatsShort = 15;
constexpr unsigned kRepeatsMax = 16 + 255;
constexpr uint8_t kGeneral = 0xf0;
constexpr uint8_t kNewDelta = 0x08;
constexpr size_t kTokenBytesMax = 24;

constexpr size_t kGrowthMin = 28;
constexpr size_t kGrowthPart = 4;
static_assert(kGrowthMin >= kTokenBytesMax);
static_assert(OpenRun::kSamplesMax <= 255 && OpenRun::kBytesMax + kTokenBytesMax < 32'768);

enum ValueKind : uint8_t { kSame = 0, kStep = 1, kPlacesStep = 2, kXor = 3 };

/// n of a value that has one with these places; of any other some number, the same for writer and reader.
int64_t nearest_integer(double value, double power) {
  const double scaled = value * power;
  return std::fabs(scaled) < kScaledMax ? static_cast<int64_t>(std::rint(scaled)) : 0;
}

bool is_decimal(double value, double power) {
  const double scaled = value * power;
  const double integer = std::rint(scaled) + 0.0;  // +0 from -0, as an integer gives it
  return std::fabs(scaled) < kScaledMax &&
         std::bit_cast<uint64_t>(integer / power) == std::bit_cast<uint64_t>(value);
}

/// A token under construction.
class Token {
 public:
  void u8(uint8_t byte) { bytes_[size_++] = byte; }
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) u8(static_cast<uint8_t>(value | 0x80));
    u8(static_cast<uint8_t>(value));
  }
  void svarint(int64_t value) { varint(zigzag(value)); }
  /// Not 0.
  void xored(uint64_t difference) {
    const unsigned leading = static_cast<unsigned>(std::countl_zero(difference)) / 8;
    const unsigned trailing = static_cast<unsigned>(std::countr_zero(difference)) / 8;
    const unsigned size = 8 - leading - trailing;
    u8(static_cast<uint8_t>(leading << 4 | size));
    difference >>= 8 * trailing;
    std::memcpy(&bytes_[size_], &difference, 8);
    size_ += size;
  }
  std::span<const uint8_t> bytes() const { return std::span(bytes_).first(size_); }

 private:
  std::array<uint8_t, kTokenBytesMax + 8> bytes_;
  size_t size_ = 0;
};

/// Reads a run that this process wrote: no byte is checked beyond the end of the input.
class RunReader {
 public:
  explicit RunReader(std::span<const uint8_t> bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  void read(size_t count, TimestampMs* times_ms, double* values) {
    for (size_t i = 0; i < count;) {
      i += steps(count - i, times_ms + i, values + i);
      if (i == count) return;
      const size_t same = at_ == end_ ? count - i : std::min(count - i, other());
      for (const size_t end = i + same; i < end; ++i) put(times_ms[i], values[i]);
    }
  }

 private:
  // Reads tokens of steps until another one or the end comes, and returns their number. Two at a time, since
  // where a token ends is what the next one waits for.
  size_t steps(size_t count, TimestampMs* times_ms, double* values) {
    size_t i = 0;
    while (count - i >= 2 && end_ - at_ >= 8) {
      uint64_t word;
      std::memcpy(&word, at_, sizeof(word));
      word = __builtin_bswap64(word);
      for (int of_word = 0; of_word < 2; ++of_word, ++i) {
        if (word >= uint64_t{0xe0} << 56) return i;
        const unsigned size = 1u + (word >= uint64_t{0x80} << 56) + (word >= uint64_t{0xc0} << 56);
        move(unzigzag(word << size >> (64 - 7 * size)));
        put(times_ms[i], values[i]);
        word <<= 8 * size;
        at_ += size;
      }
    }
    for (; i < count && at_ != end_; ++i) {
      if (*at_ >= 0xe0) return i;
      const unsigned size = 1u + (*at_ >= 0x80) + (*at_ >= 0xc0);
      uint32_t bits = static_cast<uint32_t>(*at_++) & 0xffu >> size;
      for (unsigned byte = 1; byte < size; ++byte) bits = bits << 8 | *at_++;
      move(unzigzag(bits));
      put(times_ms[i], values[i]);
    }
    return i;
  }
  // Reads another token and returns how many samples it is.
  size_t other() {
    if (*at_ >= kGeneral) {
      general();
      return 1;
    }
    return repeats();
  }
  size_t repeats() {
    const unsigned count = *at_++ & 0x0f;
    return count < kRepeatsShort ? count + 1 : 16u + *at_++;
  }
  void general() {
    const uint8_t head = *at_++;
    if ((head & kNewDelta) != 0) {
      const uint64_t delta = delta_ + static_cast<uint64_t>(svarint());
      irregular_ = delta - delta_;
      if (delta <= UINT32_MAX) {
        delta_ = delta;
        irregular_ = 0;
      }
    }
    const uint8_t kind = head & 0x07;
    if (kind == kPlacesStep) {
      power_ = kPowersOfTen[*at_++];
      integer_ = nearest_integer(value_, power_);
    }
    if (kind == kXor) {
      xored();
    } else if (kind != kSame) {
      move(svarint());
    }
  }
  void xored() {
    const unsigned leading = *at_ >> 4;
    const unsigned size = *at_++ & 0x0f;
    uint64_t difference = 0;
    if (end_ - at_ >= 8) {
      std::memcpy(&difference, at_, 8);
      difference &= low_bits(8 * size);
    } else {
      std::memcpy(&difference, at_, size);
    }
    at_ += size;
    difference <<= 8 * (8 - leading - size);
    value_ = std::bit_cast<double>(std::bit_cast<uint64_t>(value_) ^ difference);
    integer_ = nearest_integer(value_, power_);
  }
  void move(int64_t step) {
    integer_ = wrapping_add(integer_, step);
    value_ = static_cast<double>(integer_) / power_;
  }
  int64_t svarint() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const uint8_t byte = *at_++;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return unzigzag(value);
    }
  }
  void put(TimestampMs& time_ms, double& value) {
    time_ += delta_ + irregular_;
    irregular_ = 0;
    time_ms = static_cast<TimestampMs>(time_);
    value = value_;
  }

  const uint8_t* at_;
  const uint8_t* end_;
  uint64_t time_ = 0;
  uint64_t delta_ = 0;
  uint64_t irregular_ = 0;  // of the next sample alone
  int64_t integer_ = 0;
  double value_ = 0;
  double power_ = 1;
};

}  // namespace

void decode_run(std::span<const uint8_t> bytes, size_t sample_count, TimestampMs* timestamps_ms,
                double* values) {
  RunReader(bytes).read(sample_count, timestamps_ms, values);
}

void decode_run(std::span<const uint8_t> bytes, size_t sample_count, SampleColumns& out) {
  const size_t before = out.size();
  out.timestamps_ms.resize(before + sample_count);
  out.values.resize(before + sample_count);
  decode_run(bytes, sample_count, out.timestamps_ms.data() + before, out.values.data() + before);
}

void OpenRun::append(Sample sample) {
  DCHECK(sample_count_ < kSamplesMax, "a full run is closed");
  DCHECK(empty() || sample.timestamp_ms > last_ms_, "the samples of a run ascend");
  const uint64_t delta_ms = static_cast<uint64_t>(sample.timestamp_ms) - static_cast<uint64_t>(last_ms_);
  const auto bits = std::bit_cast<uint64_t>(sample.value);
  if (delta_ms == last_delta_ms_ && bits == last_bits_) {
    ++repeats_;
  } else {
    append_repeats();
    append_token(delta_ms, sample.value);
  }
  ++sample_count_;
  last_ms_ = sample.timestamp_ms;
  last_bits_ = bits;
  if (delta_ms <= UINT32_MAX) last_delta_ms_ = static_cast<uint32_t>(delta_ms);
}

// The usual token, or else the general one.
void OpenRun::append_token(uint64_t delta_ms, double value) {
  if (places_ == kNotDecimal || !is_decimal(value, kPowersOfTen[places_])) {
    return append_general(delta_ms, value, nullptr);
  }
  const double power = kPowersOfTen[places_];
  const int64_t step = nearest_integer(value, power) - nearest_integer(last_value(), power);
  const uint64_t zigzagged = zigzag(step);
  if (delta_ms != last_delta_ms_ || zigzagged >> kStepBitsMax != 0) {
    return append_general(delta_ms, value, &step);
  }
  append_step(static_cast<uint32_t>(zigzagged));
}

void OpenRun::append_step(uint32_t zigzagged) {
  const unsigned size = 1u + (zigzagged >= 0x80) + (zigzagged >= 0x4000);
  const uint32_t word = __builtin_bswap32((zigzagged | kStepPrefixes[size]) << (32 - 8 * size));
  std::memcpy(room(sizeof(word)), &word, sizeof(word));
  size_ = static_cast<uint16_t>(size_ + size);
}

// `step`: that of n, null when the value is no decimal with the run's places.
void OpenRun::append_general(uint64_t delta_ms, double value, const int64_t* step) {
  const uint64_t difference = std::bit_cast<uint64_t>(value) ^ last_bits_;
  const bool more_places = difference != 0 && step == nullptr && take_places(value);
  const ValueKind kind = difference == 0 ? kSame : step != nullptr ? kStep : more_places ? kPlacesStep : kXor;
  const bool new_delta = delta_ms != last_delta_ms_;
  Token token;
  token.u8(static_cast<uint8_t>(kGeneral | (new_delta ? kNewDelta : 0) | kind));
  if (new_delta) token.svarint(static_cast<int64_t>(delta_ms - last_delta_ms_));
  if (kind == kStep) token.svarint(*step);
  if (kind == kPlacesStep) {
    const double power = kPowersOfTen[places_];
    token.u8(places_);
    token.svarint(nearest_integer(value, power) - nearest_integer(last_value(), power));
  }
  if (kind == kXor) token.xored(difference);
  append_bytes(token.bytes());
}

// Looks for more places with which the value is a decimal. A number that is none ends the search for the rest
// of the run: its neighbours seldom are. NaN and infinities say nothing about them.
bool OpenRun::take_places(double value) {
  if (places_ == kNotDecimal || !std::isfinite(value)) return false;
  for (size_t places = places_ + 1u; places < kPowersOfTen.size(); ++places) {
    if (!is_decimal(value, kPowersOfTen[places])) continue;
    places_ = static_cast<uint8_t>(places);
    return true;
  }
  places_ = kNotDecimal;
  return false;
}

void OpenRun::append_bytes(std::span<const uint8_t> bytes) {
  std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
  size_ = static_cast<uint16_t>(size_ + bytes.size());
}

void OpenRun::append_repeats() {
  if (repeats_ == 0) return;
  Token token;
  for (unsigned left = repeats_; left > 0;) {
    const unsigned count = std::min(left, kRepeatsMax);
    token.u8(static_cast<uint8_t>(kRepeat | std::min(count - 1, kRepeatsShort)));
    if (count > kRepeatsShort) token.u8(static_cast<uint8_t>(count - 16));
    left -= count;
  }
  append_bytes(token.bytes());
  repeats_ = 0;
}

// Where the next bytes go. A series has one run, so that what is unused of it is a good part of its cost: it
// grows by little.
uint8_t* OpenRun::room(size_t bytes) {
  if (size_ + bytes > capacity_) {
    const size_t capacity = std::max<size_t>(capacity_ + capacity_ / kGrowthPart, size_ + kGrowthMin);
    auto larger = SharedBlock<uint8_t>::with_capacity(capacity);
    if (size_ > 0) std::memcpy(larger.writable_data(), block_.data(), size_);
    capacity_ = static_cast<uint16_t>(larger.capacity());
    block_ = std::move(larger);
  }
  return block_.writable_data() + size_;
}

}  // namespace weir::store::embedded
