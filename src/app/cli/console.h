#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "os/clock.h"

namespace weir::app::cli {

/// What is known about who reads the output.
struct Terminal {
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool colour =
      false;           ///< Standard output may be styled: a terminal, and NO_COLOR is not set (no-color.org).
  size_t width = 80;   ///< Columns of standard output; 80 when it is no terminal.
  size_t height = 24;  ///< Its lines; 24 when it is no terminal.
  bool utf8 = false;   ///< The locale says that characters beyond ASCII are shown.
};

/// What a command speaks through; tests give their own. Not owned.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  os::Clock& clock;
  Terminal terminal;
};

/// Asks the system about this process's standard streams.
Terminal detect_terminal();

enum class Style { kBold, kDim, kRed, kGreen, kYellow, kBlue, kMagenta, kCyan, kBrightWhite };

/// `text` in that style when `terminal` allows it.
std::string styled(const Terminal& terminal, Style style, std::string_view text);

/// Text from a server or a file, made harmless for a terminal: control characters become U+FFFD.
std::string printable(std::string_view text);

}  // namespace weir::app::cli
