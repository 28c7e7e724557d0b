#include <re2/re2.h>

#include "base/utf8.h"
#include "query/literals.h"

namespace weir::query {

size_t letter_length(std::string_view text) {
  static const re2::RE2 letter("\\p{L}");
  const size_t size = utf8_size(text);
  if (size == 0) return 0;
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), size), letter) ? size : 0;
}

}  // namespace weir::query
