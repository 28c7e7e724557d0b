#include "pg/statement_cache.h"

namespace weir::pg {

const std::string* StatementCache::find(std::string_view text) {
  const auto found = by_text_.find(text);
  if (found == by_text_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->name;
}

void StatementCache::add(std::string_view text, std::string name) {
  entries_.push_front({std::string(text), std::move(name)});
  by_text_.emplace(entries_.front().text, entries_.begin());
}

std::optional<std::string> StatementCache::evict() {
  if (entries_.size() < statements_max_) return std::nullopt;
  std::string name = std::move(entries_.back().name);
  by_text_.erase(entries_.back().text);
  entries_.pop_back();
  return name;
}

void StatementCache::forget(std::string_view text) {
  const auto found = by_text_.find(text);
  if (found == by_text_.end()) return;
  const auto entry = found->second;
  by_text_.erase(found);
  entries_.erase(entry);
}

}  // namespace weir::pg
