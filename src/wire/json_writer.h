#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::wire {

/// Appends JSON to a string without building a tree; commas are placed by the writer. Not thread safe; owns
/// nothing. `w.begin_object(); w.key("status"); w.text("success"); w.end_object();`
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);
  /// Escapes as RFC 8259 asks; each byte that is not part of a UTF-8 character becomes U+FFFD.
  void text(std::string_view value);
  void integer(int64_t value);
  void boolean(bool value);
  void null();
  /// A number in its shortest form; null when it is not finite (JSON has no such numbers).
  void number(double value);
  /// Bytes that are JSON already.
  void raw(std::string_view json);

  // A key with its value.

  void text(std::string_view name, std::string_view value) { key(name), text(value); }
  void integer(std::string_view name, int64_t value) { key(name), integer(value); }
  /// Below 2^63.
  void count(std::string_view name, uint64_t value) { integer(name, static_cast<int64_t>(value)); }
  void boolean(std::string_view name, bool value) { key(name), boolean(value); }
  void number(std::string_view name, double value) { key(name), number(value); }
  void null(std::string_view name) { key(name), null(); }

 private:
  void separate();
  void open(char bracket);
  void close(char bracket);
  std::string& out_;
  bool need_comma_ = false;
};

/// A sample value as Prometheus prints it, Go's strconv.FormatFloat(value, 'f', -1, 64): the shortest digits
/// that read back the same, padded with zeros and never with an exponent ("0.0001", "1000000", 1e21 as
/// "1000000000000000000000", "-0"), and "NaN", "+Inf", "-Inf". Fewer than 350 bytes.
void append_prometheus_value(std::string& out, double value);
/// The same as the API's vectors, matrices and exemplars have it: with an exponent below 1e-6 and from 1e21
/// on
/// ("5e-324", "1e+21"). Scalars go without.
void append_prometheus_json_value(std::string& out, double value);
/// Milliseconds as seconds with up to three decimals and no trailing zeros: 1700000000.5, 1700000000.
void append_prometheus_time(std::string& out, int64_t timestamp_ms);

}  // namespace weir::wire
