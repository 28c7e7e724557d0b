#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::app::cli {

/// The elements of one JSON write, each with the line of input it came from.
class WriteBatch {
 public:
  static constexpr size_t kElementsMax = 5'000;
  static constexpr size_t kBytesMax = 1u << 20;

  /// Adds a line: Prometheus' text format, a JSON object, or a JSON array of objects. Blank lines and `#`
  /// comments add nothing. kInvalidArgument when it is none of these.
  Status add_line(std::string_view line, uint64_t line_number);

  bool empty() const { return lines_.empty(); }
  /// The next line may make it larger than a request should be: send first.
  bool full() const { return lines_.size() >= kElementsMax || elements_.size() >= kBytesMax; }
  size_t size() const { return lines_.size(); }
  /// The line that element `index` came from; 0 when there is no such element.
  uint64_t line_of(size_t index) const { return index < lines_.size() ? lines_[index] : 0; }
  std::string body() const { return "[" + elements_ + "]"; }
  void clear();

 private:
  void add_element(std::string_view json, uint64_t line_number);
  Status add_json(std::string_view line, uint64_t line_number);

  std::string elements_;
  std::vector<uint64_t> lines_;
};

/// What the server says about one write.
struct WriteVerdict {
  struct Rejection {
    uint64_t index = 0;
    std::string message;
  };
  uint64_t accepted = 0;
  uint64_t rejected = 0;
  std::vector<Rejection> rejections;  ///< The first ones.
};

/// Reads the answer of `POST /api/v1/metrics`. kInvalidArgument when it is not a verdict.
Result<WriteVerdict> parse_verdict(std::string_view body);

}  // namespace weir::app::cli
