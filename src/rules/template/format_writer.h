#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::rules::templates {

/// The flags, width and precision of one verb of a format, and what they make of the simple types. Appends to
/// a text. After fmt/format.go.
class FormatWriter {
 public:
  struct Flags {
    bool minus = false, plus = false, sharp = false, space = false, zero = false;
    bool go_syntax = false;   ///< `%#v`
    bool with_names = false;  ///< `%+v`
    bool has_width = false, has_precision = false;
    int width = 0, precision = 0;
  };

  explicit FormatWriter(std::string& out) : out_(out) {}
  Flags& flags() { return flags_; }
  std::string& out() { return out_; }

  // Each returns false when it does not know the verb; then nothing is written.

  bool boolean(bool value, char verb);
  bool integer(int64_t value, bool is_signed, char verb);
  bool real(double value, char verb);
  bool text(std::string_view value, char verb);

  /// With padding.
  void padded(std::string_view text);

 private:
  void digits(uint64_t value, bool negative, unsigned base, char verb);
  void hexadecimal(std::string_view value, bool upper);
  void unicode(uint64_t value);
  std::string real_digits(double value, char verb, int precision) const;
  void padded_without_zeros(std::string_view text);
  void padding(size_t count) { out_.append(count, flags_.zero && !flags_.minus ? '0' : ' '); }
  std::string_view cut(std::string_view text) const;

  std::string& out_;
  Flags flags_;
};

}  // namespace weir::rules::templates
