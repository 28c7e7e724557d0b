#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <protozero/pbf_reader.hpp>
#include <string_view>

#include "model/sample.h"

/// What the readers of both versions of remote write use that go over a series in one pass, in the form that
/// every known sender gives it. They read a little behind what they look at, so the decompressed body, and
/// every buffer that a text is copied to, has kCopySlack more bytes.
namespace weir::wire {

/// Texts are short, and a call of memcpy for each costs more than its bytes: they are copied in steps of so
/// many, up to 15 bytes too far.
inline constexpr size_t kCopySlack = 16;

/// Copies a text, and returns its end in the copy.
inline char* copy_text(char* at, const char* from, size_t size) {
  char* const end = at + size;
  for (; at < end; at += kCopySlack, from += kCopySlack) std::memcpy(at, from, kCopySlack);
  return end;
}

/// Writes a text as canonical labels have it, its length in front, and returns the end.
inline char* put_text(char* at, std::string_view text) {
  size_t size = text.size();
  for (; size >= 0x80; size >>= 7) *at++ = static_cast<char>(size | 0x80);
  *at++ = static_cast<char>(size);
  return copy_text(at, text.data(), text.size());
}
/// The bytes that it writes.
inline size_t put_text_bytes(std::string_view text) {
  const auto length_bytes = static_cast<size_t>(std::bit_width(text.size() | 1) + 6) / 7;
  return length_bytes + text.size();
}

/// The first bytes of a name as a number that orders as names do, zeros for those that it lacks: most names
/// differ there, and no call of memcmp is needed.
inline uint64_t leading_bytes(std::string_view name) {
  if (name.empty()) return 0;
  uint64_t bytes = 0;
  static_assert(sizeof(bytes) <= kCopySlack && std::endian::native == std::endian::little);
  std::memcpy(&bytes, name.data(), sizeof(bytes));
  bytes = __builtin_bswap64(bytes);
  return name.size() >= sizeof(bytes) ? bytes : bytes & ~(~uint64_t{0} >> (8 * name.size()));
}

/// Reads a varint of up to 63 bits and moves `at` behind it; false, and `at` anywhere, when there is none
/// before `end`.
inline bool read_plain_varint(const char*& at, const char* end, uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; at != end && shift < 63; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at++);
    value |= (static_cast<uint64_t>(byte) & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

/// Reads a field `samples` (2 in both versions) with a value (1), a time (2), and perhaps a start time (3),
/// which only 2.0 knows and which is read over, in this order; moves `at` behind it. False, and `at` as it
/// was, for anything else.
inline bool read_plain_sample(const char*& at, const char* end, Sample& sample) {
  using protozero::pbf_wire_type;
  using protozero::tag_and_type;
  constexpr auto kSamples = static_cast<char>(tag_and_type(2, pbf_wire_type::length_delimited));
  constexpr auto kValue = static_cast<char>(tag_and_type(1, pbf_wire_type::fixed64));
  constexpr auto kTimestamp = static_cast<char>(tag_and_type(2, pbf_wire_type::varint));
  constexpr auto kStartTimestamp = static_cast<char>(tag_and_type(3, pbf_wire_type::varint));
  constexpr ptrdiff_t kBytesMin = 13;  // tag, size, tag, 8 bytes of value, tag, 1 byte of time
  if (end - at < kBytesMin || at[0] != kSamples || at[2] != kValue || at[11] != kTimestamp) return false;
  const auto size = static_cast<uint8_t>(at[1]);
  const char* const sample_end = at + 2 + size;
  if (size < kBytesMin - 2 || size >= 0x80 || sample_end > end) return false;
  std::memcpy(&sample.value, at + 3, sizeof(sample.value));
  uint64_t time = 0;
  const char* next = at + 12;
  for (unsigned shift = 0;; shift += 7) {
    if (next == sample_end || shift == 63) return false;  // a time before 1970 has 64 bits
    const auto byte = static_cast<uint8_t>(*next++);
    time |= (static_cast<uint64_t>(byte) & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (next != sample_end) {
    uint64_t start = 0;
    if (*next++ != kStartTimestamp || !read_plain_varint(next, sample_end, start) || next != sample_end)
      return false;
  }
  sample.timestamp_ms = static_cast<TimestampMs>(time);
  at = sample_end;
  return true;
}

}  // namespace weir::wire
