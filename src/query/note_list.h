#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace weir::query {

/// Notes of one kind about a query, each once, in the order they came. A query over many metrics may have one
/// for each of them: an answer tells the first ten and how many more there are. Owned by one thread.
class NoteList {
 public:
  static constexpr size_t kToldMax = 10;  ///< As Prometheus' API.

  /// `kind` is "warning" or "info", and lives longer.
  explicit NoteList(std::string_view kind) : kind_(kind) {}

  /// `text` and `place` as in `PromQL info: text (1:5)`.
  void add(std::string_view text, std::string_view place);
  /// One that `told` of another list has told.
  void add(std::string note);
  std::vector<std::string> told() const;

 private:
  const std::string_view kind_;
  std::vector<std::string> first_;
  absl::flat_hash_set<std::string> all_;
};

}  // namespace weir::query
