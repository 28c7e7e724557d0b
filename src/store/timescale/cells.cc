#include "store/timescale/cells.h"

#include <cstring>

namespace weir::store::timescale {
namespace {

template <typename T>
T big_endian(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
  return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
}

TimestampMs from_server_time(int64_t us) {
  return us / 1'000 + 946'684'800'000;  // We wrote it, so it is a whole number of milliseconds.
}

/// Calls `on_word` with each element of an array of 8-byte elements: dimensions, has-null, type, count, lower
/// bound, then length and bytes of each.
template <typename OnWord>
bool walk_words(std::string_view array, OnWord on_word) {
  if (array.size() < 12) return false;
  if (big_endian<int32_t>(array.data()) == 0) return array.size() == 12;
  if (array.size() < 20) return false;
  const auto count = static_cast<uint32_t>(big_endian<int32_t>(array.data() + 12));
  array.remove_prefix(20);
  if (array.size() != uint64_t{count} * 12) return false;
  for (const char* at = array.data(); at != array.data() + array.size(); at += 12) {
    if (big_endian<int32_t>(at) != 8) return false;
    on_word(big_endian<int64_t>(at + 4));
  }
  return true;
}

}  // namespace

std::string_view text_cell(const pg::Rows& rows, size_t row, size_t column) {
  return rows.bytes(row, column).value_or(std::string_view());
}

bool bool_cell(const pg::Rows& rows, size_t row, size_t column) {
  return text_cell(rows, row, column) == std::string_view("\1", 1);
}

int64_t int_cell(const pg::Rows& rows, size_t row, size_t column) {
  const std::string_view cell = text_cell(rows, row, column);
  if (cell.size() == 8) return big_endian<int64_t>(cell.data());
  if (cell.size() == 4) return big_endian<int32_t>(cell.data());
  return 0;
}

double float_cell(const pg::Rows& rows, size_t row, size_t column) {
  return std::bit_cast<double>(int_cell(rows, row, column));
}

TimestampMs time_cell(const pg::Rows& rows, size_t row, size_t column) {
  if (text_cell(rows, row, column).size() != 8) return 0;
  return from_server_time(int_cell(rows, row, column));
}

bool append_times(std::string_view array, std::vector<TimestampMs>& out) {
  out.reserve(out.size() + array.size() / 12);
  return walk_words(array, [&](int64_t us) { out.push_back(from_server_time(us)); });
}

bool append_values(std::string_view array, std::vector<double>& out) {
  out.reserve(out.size() + array.size() / 12);
  return walk_words(array, [&](int64_t bits) { out.push_back(std::bit_cast<double>(bits)); });
}

}  // namespace weir::store::timescale
