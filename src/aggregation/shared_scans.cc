#include "aggregation/shared_scans.h"

#include <algorithm>
#include <utility>

namespace weir::aggregation {

void SharedScans::set_readers(std::map<std::string, std::vector<std::weak_ptr<Reader>>> readers) {
  std::map<std::string, std::shared_ptr<Entry>> entries;
  for (auto& [key, all] : readers) {
    if (all.size() < 2) continue;
    auto made = std::make_shared<Entry>();
    made->readers = std::move(all);
    entries.emplace(key, std::move(made));
  }
  std::lock_guard lock(mutex_);
  entries_ = std::move(entries);
}

std::shared_ptr<SharedScans::Entry> SharedScans::entry(const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto at = entries_.find(key);
  return at == entries_.end() ? nullptr : at->second;
}

Result<std::shared_ptr<const Scan>> SharedScans::get(const std::string& key, const Reader& reader,
                                                     TimeRange range, const Open& open) {
  const std::shared_ptr<Entry> entry = this->entry(key);
  if (entry == nullptr) return std::shared_ptr<const Scan>();
  std::lock_guard lock(entry->mutex);
  const bool is_due = entry->joined.erase(&reader) > 0 && entry->scan != nullptr &&
                      entry->scan->range().maxt_ms == range.maxt_ms &&
                      entry->scan->range().mint_ms <= range.mint_ms && clock_.steady() - entry->made <= kept_;
  if (is_due) {
    auto scan = entry->scan;
    if (entry->joined.empty()) entry->scan = nullptr;
    return scan;
  }
  entry->scan = nullptr;
  entry->joined.clear();
  TimeRange widest = range;
  std::set<const Reader*> joined;
  for (const std::weak_ptr<Reader>& one : entry->readers) {
    const std::shared_ptr<Reader> other = one.lock();
    if (other == nullptr || other.get() == &reader) continue;
    const auto from_ms = other->join_scan(range.maxt_ms);
    if (!from_ms) continue;
    widest.mint_ms = std::min(widest.mint_ms, *from_ms);
    joined.insert(other.get());
  }
  if (joined.empty()) return std::shared_ptr<const Scan>();
  ASSIGN_OR_RETURN(InputWalk walk, open(widest));
  ASSIGN_OR_RETURN(auto scan, Scan::take(std::move(walk), widest, bytes_max_));
  if (scan == nullptr) return scan;
  entry->scan = scan;
  entry->joined = std::move(joined);
  entry->made = clock_.steady();
  return scan;
}

}  // namespace weir::aggregation
