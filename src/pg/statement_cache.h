#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"

namespace weir::pg {

/// The names of the statements that a session has prepared, by their text; the least recently used one goes
/// first. Owned by one thread.
class StatementCache {
 public:
  explicit StatementCache(size_t statements_max) : statements_max_(statements_max) {}

  /// The name under which `text` was prepared, which makes it the most recently used.
  const std::string* find(std::string_view text);
  /// A name that is free; `add` it once the server has it.
  std::string next_name() { return "w" + std::to_string(++names_); }
  void add(std::string_view text, std::string name);
  /// The name that has to be deallocated before one more is added; nothing while there is room.
  std::optional<std::string> evict();
  void forget(std::string_view text);
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string text;
    std::string name;
  };

  const size_t statements_max_;
  uint64_t names_ = 0;
  std::list<Entry> entries_;  // The most recently used first.
  std::unordered_map<std::string_view, std::list<Entry>::iterator, StringHash> by_text_;
};

}  // namespace weir::pg
