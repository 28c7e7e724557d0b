#include "cache/memory/shard.h"

#include <utility>

namespace weir::cache::memory {

uint64_t Shard::entry_bytes(std::string_view key, std::string_view value) {
  constexpr uint64_t kListNode = sizeof(Entry) + 2 * sizeof(void*);
  // The table is between 7/16 and 7/8 full and spends a control byte a slot.
  constexpr uint64_t kTableSlots = 2 * (sizeof(std::pair<std::string_view, Entries::iterator>) + 1);
  return key.size() + value.size() + kListNode + kTableSlots;
}

std::optional<std::string> Shard::get(std::string_view key, os::SteadyTime now) {
  std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  // An expired entry is not removed here: it is no longer moved to the front, so it reaches the end and goes
  // by itself.
  if (found == by_key_.end() || found->second->expires <= now) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->value;
}

Shard::Change Shard::put(std::string_view key, std::string_view value, os::SteadyTime expires) {
  Entries node;  // built before the lock is taken
  node.push_back({std::string(key), std::string(value), expires});
  const uint64_t added = entry_bytes(key, value);

  std::lock_guard lock(mutex_);
  Change change{.bytes = static_cast<int64_t>(added)};
  if (const auto found = by_key_.find(key); found != by_key_.end()) change.bytes += remove(found->second);
  while (!entries_.empty() && bytes_ + added > bytes_max_) {
    change.bytes += remove(std::prev(entries_.end()));
    ++change.evicted;
  }
  entries_.splice(entries_.begin(), node);
  by_key_.emplace(entries_.front().key, entries_.begin());
  bytes_ += added;
  return change;
}

Shard::Change Shard::erase(std::string_view key) {
  std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  return {.bytes = remove(found->second)};
}

int64_t Shard::remove(Entries::iterator entry) {
  const uint64_t bytes = entry_bytes(entry->key, entry->value);
  by_key_.erase(entry->key);
  entries_.erase(entry);
  bytes_ -= bytes;
  return -static_cast<int64_t>(bytes);
}

}  // namespace weir::cache::memory
