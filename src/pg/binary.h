#pragma once

#include <bit>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "pg/connection.h"

/// PostgreSQL's binary forms of the types that we send and read: integers and floats big endian, times in
/// microseconds since 2000-01-01, arrays of one dimension ("Frontend/Backend Protocol", array_send,
/// float8send, timestamptz_send; COPY: "Binary Format").
namespace weir::pg {

/// Type OIDs, fixed for ever in pg_type.
inline constexpr uint32_t kBool = 16;
inline constexpr uint32_t kBytea = 17;
inline constexpr uint32_t kInt8 = 20;
inline constexpr uint32_t kInt4 = 23;
inline constexpr uint32_t kText = 25;
inline constexpr uint32_t kFloat8 = 701;
inline constexpr uint32_t kTimestamptz = 1184;
inline constexpr uint32_t kByteaArray = 1001;
inline constexpr uint32_t kTextArray = 1009;
inline constexpr uint32_t kInt8Array = 1016;
inline constexpr uint32_t kFloat8Array = 1022;
inline constexpr uint32_t kTimestamptzArray = 1185;

/// The times that timestamptz holds and that we take: 0001-01-01 to 9999-12-31, so that arithmetic on them
/// cannot overflow and every client can print them.
inline constexpr TimestampMs kTimestampMinMs = -62'135'596'800'000;
inline constexpr TimestampMs kTimestampMaxMs = 253'402'300'799'999;

/// Microseconds since 2000-01-01 of a time between the two bounds.
constexpr int64_t to_pg_time(TimestampMs ms) {
  return (ms - 946'684'800'000) * 1'000;
}
/// The millisecond that holds a server's time.
constexpr TimestampMs from_pg_time(int64_t us) {
  const int64_t ms = us >= 0 ? us / 1'000 : -((-us + 999) / 1'000);
  return ms + 946'684'800'000;
}

/// Builds the parameters of a statement: `Params().int8(7).text("x").span()`. Keeps the encoded bytes; the
/// span lives as long as the list and until it is added to. Owned by one thread.
class Params {
 public:
  Params() = default;
  Params(Params&&) = default;
  Params(const Params&) = delete;

  Params& boolean(bool value);
  Params& int4(int32_t value);
  Params& int8(int64_t value);
  Params& float8(double value);
  Params& timestamp(TimestampMs value);
  Params& text(std::string_view value);   ///< UTF-8 without NUL, or the server refuses it (22021).
  Params& bytea(std::string_view value);  ///< Any bytes.
  Params& null(uint32_t type);

  Params& int8_array(std::span<const int64_t> values);
  Params& float8_array(std::span<const double> values);
  Params& timestamp_array(std::span<const TimestampMs> values);
  Params& text_array(std::span<const std::string_view> values);
  Params& bytea_array(std::span<const std::string_view> values);

  std::span<const Param> span() const { return params_; }

 private:
  Params& add(uint32_t type, std::string bytes);

  std::deque<std::string> storage_;  // A deque, since its strings stay where they are.
  std::vector<Param> params_;
};

/// Builds the input of `Connection::copy_in`. Owned by one thread.
class CopyRows {
 public:
  CopyRows();
  void begin_row(int16_t columns);
  void int8(int64_t value);
  void float8(double value);  ///< Bit for bit: payloads of NaN and the sign of zero stay.
  void timestamp(TimestampMs value);
  void text(std::string_view value);
  void null();
  void reserve(size_t bytes) { out_.reserve(bytes); }
  /// Header, rows and trailer; lives as long as this. No row may be added afterwards.
  std::string_view finish();
  size_t size_bytes() const { return out_.size(); }

 private:
  std::string out_;
};

/// Reads one cell. kInternal when it is NULL or not as wide as its type: the statement and its reader differ.
using Cell = std::optional<std::string_view>;
Result<bool> as_bool(const Cell& cell);
Result<int32_t> as_int4(const Cell& cell);
Result<int64_t> as_int8(const Cell& cell);
Result<double> as_float8(const Cell& cell);
Result<TimestampMs> as_timestamp(const Cell& cell);
/// text, varchar, name, bytea.
Result<std::string_view> as_text(const Cell& cell);
/// Appends the elements; NULL elements are refused.
Status append_int8_array(const Cell& cell, std::vector<int64_t>& out);
Status append_float8_array(const Cell& cell, std::vector<double>& out);
Status append_timestamp_array(const Cell& cell, std::vector<TimestampMs>& out);
Result<std::vector<std::string>> as_text_array(const Cell& cell);

}  // namespace weir::pg
