#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// Names in InfluxDB's line protocol: measurements, tags and their values, fields.
namespace weir::wire {

/// What ends a name of a kind when no backslash stands before it. Immutable.
class InfluxStops {
 public:
  /// `marks` may be escaped. Control characters end every name, and cannot be.
  constexpr explicit InfluxStops(std::string_view marks) {
    for (size_t c = 0; c < 0x20; ++c) kinds_[c] = kControl;
    kinds_[0x7f] = kControl;
    for (const char mark : marks) kinds_[static_cast<uint8_t>(mark)] = kMark;
  }
  constexpr bool stops(char c) const { return kinds_[static_cast<uint8_t>(c)] != kNone; }
  constexpr bool may_be_escaped(char c) const { return kinds_[static_cast<uint8_t>(c)] == kMark; }

 private:
  enum Kind : uint8_t { kNone, kControl, kMark };
  std::array<Kind, 256> kinds_{};
};

inline constexpr InfluxStops kInfluxMeasurement(", ");
inline constexpr InfluxStops kInfluxKey(",= ");  ///< Of a tag or a field; a tag's value too.

/// A name as it stands in the text.
struct InfluxName {
  std::string_view text;
  bool escaped = false;  ///< Has a backslash before something that `stops`.
};

/// Appends the name without those backslashes.
inline void append_unescaped(const InfluxName& name, const InfluxStops& stops, std::string& out) {
  const std::string_view text = name.text;
  if (!name.escaped) {
    out += text;
    return;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && stops.may_be_escaped(text[i + 1])) ++i;
    out += text[i];
  }
}

}  // namespace weir::wire
