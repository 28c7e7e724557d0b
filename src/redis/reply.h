#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::redis {

/// What Redis answered.
struct Reply {
  enum class Kind { kNull, kInteger, kText, kArray };
  Kind kind = Kind::kNull;
  int64_t integer = 0;
  std::string text;  ///< Bulk and status replies.
  std::vector<Reply> items;
};

}  // namespace weir::redis
