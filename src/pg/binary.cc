#include "pg/binary.h"

#include <cstring>

#include <fmt/format.h>

namespace weir::pg {
namespace {

template <typename T>
T big_endian(T value) {
  static_assert(std::endian::native == std::endian::little, "values are swapped on their way");
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(static_cast<uint16_t>(value)));
}

template <typename T>
void put(std::string& out, T value) {
  const T swapped = big_endian(value);
  out.append(reinterpret_cast<const char*>(&swapped), sizeof(swapped));
}

template <typename T>
T get(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return big_endian(value);
}

template <typename T>
std::string fixed(T value) {
  std::string out;
  put(out, value);
  return out;
}

/// The head of an array of one dimension that begins at index 1.
std::string array_head(uint32_t type, size_t count) {
  std::string out;
  put<int32_t>(out, count == 0 ? 0 : 1);
  put<int32_t>(out, 0);  // no NULL among them
  put<uint32_t>(out, type);
  if (count == 0) return out;
  put<int32_t>(out, static_cast<int32_t>(count));
  put<int32_t>(out, 1);
  return out;
}

/// An array of 8-byte elements.
template <typename T, typename Encode>
std::string array_of_words(uint32_t type, std::span<const T> values, Encode encode) {
  std::string out = array_head(type, values.size());
  out.reserve(out.size() + values.size() * 12);
  for (const T& value : values) {
    put<int32_t>(out, 8);
    put<int64_t>(out, encode(value));
  }
  return out;
}

std::string array_of_texts(uint32_t type, std::span<const std::string_view> values) {
  std::string out = array_head(type, values.size());
  for (const std::string_view value : values) {
    put<int32_t>(out, static_cast<int32_t>(value.size()));
    out.append(value);
  }
  return out;
}

Error malformed(std::string_view type) {
  return internal(fmt::format("postgres: a cell is not a {}", type));
}

template <typename T>
Result<T> word(const Cell& cell, std::string_view type) {
  if (!cell || cell->size() != sizeof(T)) return malformed(type);
  return get<T>(cell->data());
}

/// Calls `on_element` with each element of an array.
template <typename OnElement>
Status walk_array(const Cell& cell, std::string_view type, OnElement on_element) {
  constexpr size_t kHead = 12, kDimension = 8;
  if (!cell || cell->size() < kHead) return malformed(type);
  const auto dimensions = get<int32_t>(cell->data());
  if (dimensions == 0) return ok_status();
  if (dimensions != 1 || cell->size() < kHead + kDimension) return malformed(type);
  const auto count = get<int32_t>(cell->data() + kHead);
  std::string_view rest = cell->substr(kHead + kDimension);
  for (int32_t i = 0; i < count; ++i) {
    if (rest.size() < 4) return malformed(type);
    const auto size = get<int32_t>(rest.data());
    if (size < 0 || rest.size() - 4 < static_cast<size_t>(size)) return malformed(type);
    if (!on_element(rest.substr(4, static_cast<size_t>(size)))) return malformed(type);
    rest.remove_prefix(4 + static_cast<size_t>(size));
  }
  return rest.empty() ? ok_status() : Status(malformed(type));
}

template <typename T, typename Decode>
Status append_words(const Cell& cell, std::string_view type, std::vector<T>& out, Decode decode) {
  if (cell) out.reserve(out.size() + cell->size() / 12);
  return walk_array(cell, type, [&](std::string_view element) {
    if (element.size() != 8) return false;
    out.push_back(decode(get<int64_t>(element.data())));
    return true;
  });
}

}  // namespace

Params& Params::add(uint32_t type, std::string bytes) {
  storage_.push_back(std::move(bytes));
  params_.push_back({type, storage_.back()});
  return *this;
}

Params& Params::boolean(bool value) {
  return add(kBool, std::string(1, value ? '\1' : '\0'));
}
Params& Params::int4(int32_t value) {
  return add(kInt4, fixed(value));
}
Params& Params::int8(int64_t value) {
  return add(kInt8, fixed(value));
}
Params& Params::float8(double value) {
  return add(kFloat8, fixed(std::bit_cast<int64_t>(value)));
}
Params& Params::timestamp(TimestampMs value) {
  return add(kTimestamptz, fixed(to_pg_time(value)));
}
Params& Params::text(std::string_view value) {
  return add(kText, std::string(value));
}
Params& Params::bytea(std::string_view value) {
  return add(kBytea, std::string(value));
}
Params& Params::null(uint32_t type) {
  params_.push_back({type, std::nullopt});
  return *this;
}

Params& Params::int8_array(std::span<const int64_t> values) {
  return add(kInt8Array, array_of_words(kInt8, values, [](int64_t value) { return value; }));
}
Params& Params::float8_array(std::span<const double> values) {
  const auto bits = [](double value) { return std::bit_cast<int64_t>(value); };
  return add(kFloat8Array, array_of_words(kFloat8, values, bits));
}
Params& Params::timestamp_array(std::span<const TimestampMs> values) {
  return add(kTimestamptzArray, array_of_words(kTimestamptz, values, to_pg_time));
}

Params& Params::text_array(std::span<const std::string_view> values) {
  return add(kTextArray, array_of_texts(kText, values));
}
Params& Params::bytea_array(std::span<const std::string_view> values) {
  return add(kByteaArray, array_of_texts(kBytea, values));
}

CopyRows::CopyRows() {
  out_.append("PGCOPY\n\xff\r\n\0", 11);
  put<int32_t>(out_, 0);  // flags
  put<int32_t>(out_, 0);  // size of the header's extension
}

void CopyRows::begin_row(int16_t columns) {
  put(out_, columns);
}
void CopyRows::int8(int64_t value) {
  put<int32_t>(out_, 8);
  put(out_, value);
}
void CopyRows::float8(double value) {
  int8(std::bit_cast<int64_t>(value));
}
void CopyRows::timestamp(TimestampMs value) {
  int8(to_pg_time(value));
}
void CopyRows::text(std::string_view value) {
  put<int32_t>(out_, static_cast<int32_t>(value.size()));
  out_.append(value);
}
void CopyRows::null() {
  put<int32_t>(out_, -1);
}

std::string_view CopyRows::finish() {
  put<int16_t>(out_, -1);
  return out_;
}

Result<bool> as_bool(const Cell& cell) {
  if (!cell || cell->size() != 1) return malformed("boolean");
  return (*cell)[0] != 0;
}
Result<int32_t> as_int4(const Cell& cell) {
  return word<int32_t>(cell, "int4");
}
Result<int64_t> as_int8(const Cell& cell) {
  return word<int64_t>(cell, "int8");
}
Result<double> as_float8(const Cell& cell) {
  ASSIGN_OR_RETURN(const int64_t bits, word<int64_t>(cell, "float8"));
  return std::bit_cast<double>(bits);
}
Result<TimestampMs> as_timestamp(const Cell& cell) {
  ASSIGN_OR_RETURN(const int64_t us, word<int64_t>(cell, "timestamptz"));
  return from_pg_time(us);
}
Result<std::string_view> as_text(const Cell& cell) {
  if (!cell) return malformed("text");
  return *cell;
}

Status append_int8_array(const Cell& cell, std::vector<int64_t>& out) {
  return append_words(cell, "int8[]", out, [](int64_t word) { return word; });
}
Status append_float8_array(const Cell& cell, std::vector<double>& out) {
  return append_words(cell, "float8[]", out, [](int64_t word) { return std::bit_cast<double>(word); });
}
Status append_timestamp_array(const Cell& cell, std::vector<TimestampMs>& out) {
  return append_words(cell, "timestamptz[]", out, from_pg_time);
}

Result<std::vector<std::string>> as_text_array(const Cell& cell) {
  std::vector<std::string> out;
  RETURN_IF_ERROR(walk_array(cell, "text[]", [&](std::string_view element) {
    out.emplace_back(element);
    return true;
  }));
  return out;
}

}  // namespace weir::pg
