#include "wire/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace weir::wire {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Bytes that a JSON string cannot hold as they stand: controls, the quote and the backslash.
constexpr std::array<bool, 256> kEscaped = [] {
  std::array<bool, 256> table{};
  for (size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      out.append("\\u00");
      out.push_back(kHex[static_cast<size_t>(c) >> 4]);
      out.push_back(kHex[static_cast<size_t>(c) & 15]);
  }
}

// Copies runs of plain bytes at once. `bytes` is UTF-8.
void append_escaped(std::string& out, std::string_view bytes) {
  size_t run = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (!kEscaped[static_cast<uint8_t>(bytes[i])]) continue;
    out.append(bytes, run, i - run);
    append_escape(out, bytes[i]);
    run = i + 1;
  }
  out.append(bytes, run);
}

std::string replace_invalid(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const size_t size = utf8_size(bytes);
    out.append(size == 0 ? kReplacement : bytes.substr(0, size));
    bytes.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

template <typename... Args>
void append_chars(std::string& out, Args... args) {
  std::array<char, 32> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), args...);
  out.append(buffer.data(), result.ptr);
}

/// A finite, non-zero value taken apart: 0.00125 is the digits 125 and the exponent -3, as in 1.25e-3.
struct Decimal {
  std::array<char, 24> text;  // "1.25e-03"
  std::array<char, 17> digits;
  int digit_count = 0;
  int exponent = 0;

  explicit Decimal(double magnitude) {
    const char* const end =
        std::to_chars(text.data(), text.data() + text.size(), magnitude, std::chars_format::scientific).ptr;
    const char* at = text.data();
    for (; *at != 'e'; ++at) {
      if (*at != '.') digits[static_cast<size_t>(digit_count++)] = *at;
    }
    at += at[1] == '+' ? 2 : 1;  // from_chars takes no plus sign
    std::from_chars(at, end, exponent);
  }
};

// std::to_chars in fixed notation would print the exact digits of large values where Go pads with zeros.
void append_decimal(std::string& out, const Decimal& decimal) {
  const auto count = static_cast<size_t>(decimal.digit_count);
  if (decimal.exponent < 0) {
    out.append("0.").append(static_cast<size_t>(-decimal.exponent - 1), '0');
    out.append(decimal.digits.data(), count);
    return;
  }
  const size_t whole = static_cast<size_t>(decimal.exponent) + 1;
  out.append(decimal.digits.data(), std::min(whole, count));
  if (whole >= count) {
    out.append(whole - count, '0');
  } else {
    out.push_back('.');
    out.append(decimal.digits.data() + whole, count - whole);
  }
}

}  // namespace

void JsonWriter::separate() {
  if (need_comma_) out_.push_back(',');
  need_comma_ = true;
}

void JsonWriter::open(char bracket) {
  separate();
  out_.push_back(bracket);
  need_comma_ = false;
}

void JsonWriter::close(char bracket) {
  out_.push_back(bracket);
  need_comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  text(name);
  out_.push_back(':');
  need_comma_ = false;
}

void JsonWriter::text(std::string_view value) {
  separate();
  out_.push_back('"');
  append_escaped(out_, is_utf8(value) ? value : std::string_view(replace_invalid(value)));
  out_.push_back('"');
}

void JsonWriter::integer(int64_t value) {
  separate();
  append_chars(out_, value);
}

void JsonWriter::boolean(bool value) {
  raw(value ? "true" : "false");
}

void JsonWriter::null() {
  raw("null");
}

void JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  append_chars(out_, value);
}

void JsonWriter::raw(std::string_view json) {
  separate();
  out_.append(json);
}

void append_prometheus_value(std::string& out, double value) {
  if (std::isnan(value)) {
    out.append("NaN");
    return;
  }
  if (std::isinf(value)) {
    out.append(value > 0 ? "+Inf" : "-Inf");
    return;
  }
  // Most samples are counts. Below 2^53 the digits of an integer are the shortest that read back.
  constexpr double kExactIntegers = 9'007'199'254'740'992.0;
  if (std::fabs(value) < kExactIntegers && value == std::trunc(value) &&
      (value != 0 || !std::signbit(value))) {
    append_chars(out, static_cast<int64_t>(value));
    return;
  }
  if (std::signbit(value)) out.push_back('-');
  if (value == 0) {
    out.push_back('0');
  } else {
    append_decimal(out, Decimal(std::fabs(value)));
  }
}

void append_prometheus_json_value(std::string& out, double value) {
  constexpr double kPlainMin = 1e-6;
  constexpr double kPlainEnd = 1e21;
  const double magnitude = std::fabs(value);
  const bool plain = !std::isfinite(value) || value == 0 || (magnitude >= kPlainMin && magnitude < kPlainEnd);
  if (plain) return append_prometheus_value(out, value);
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
  out.append(text, end);
}

void append_prometheus_time(std::string& out, int64_t timestamp_ms) {
  // As unsigned, because the smallest integer has no positive counterpart.
  const auto bits = static_cast<uint64_t>(timestamp_ms);
  const uint64_t magnitude = timestamp_ms < 0 ? 0 - bits : bits;
  if (timestamp_ms < 0) out.push_back('-');
  append_chars(out, magnitude / 1'000);
  const auto millis = static_cast<int>(magnitude % 1'000);
  if (millis == 0) return;
  out.push_back('.');
  for (int rest = millis, unit = 100; rest > 0; rest %= unit, unit /= 10) {
    out.push_back(static_cast<char>('0' + rest / unit));
  }
}

}  // namespace weir::wire
