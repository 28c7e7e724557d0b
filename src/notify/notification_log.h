#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "notify/notification.h"

namespace weir::notify {

/// What was told last, to whom and when, so that nobody is told the same twice, also after a restart. Owned
/// by one thread.
class NotificationLog {
 public:
  struct Entry {
    std::vector<uint64_t> firing;     ///< Fingerprints of what was said to fire, sorted.
    std::vector<uint64_t> incidents;  ///< The same as incidents.
    /// Of what was said to fire before, but was not mentioned last, nor said to have ended: alerts that have
    /// been silenced since. Sorted.
    std::vector<uint64_t> open;
    TimestampMs told_at_ms = 0;
    TimestampMs forget_at_ms = 0;

    bool operator==(const Entry&) const = default;
    /// Whether who was told believes that an alert fires.
    bool is_known(uint64_t fingerprint) const;
  };

  /// Null when nothing is known.
  const Entry* find(const Target& target) const;
  /// Remembers that the notification arrived, for twice its repeat interval.
  void record(const Notification& told, TimestampMs now_ms);
  /// Drops what is over.
  void forget(TimestampMs now_ms);
  size_t size() const { return entries_.size(); }

  /// A part of a tenant's log, as bytes (docs/formats/notification-log.md) that can be kept on their own.
  struct Document {
    size_t shard = 0;   ///< Below kShards: which part it is.
    std::string bytes;  ///< Empty: there is nothing in it, and nothing need be kept.
  };
  static constexpr size_t kShards = 64;

  /// The parts that have changed since they were taken last: those to be kept now.
  std::vector<Document> take_changed(TenantId tenant);
  /// A part could not be kept: `take_changed` is to give it again.
  void give_again(TenantId tenant, size_t shard) { changed_.emplace(tenant, shard); }
  /// Adds what a document has. kCorruption for bytes that are none, kUnsupported for those of a later
  /// version; the log is then as it was.
  Status decode(TenantId tenant, std::string_view bytes);

 private:
  using Entries = std::map<Target, Entry>;  // a tenant's stand together
  static Result<Entries> read(TenantId tenant, std::string_view bytes);
  std::string encode(TenantId tenant, size_t shard) const;

  Entries entries_;
  std::set<std::pair<TenantId, size_t>> changed_;  // shards, since they were taken
};

/// Whether `now` has to be told, given what was told last (null: nothing): alerts fire that were not told, or
/// fire again; or none does any more; or some have ended (`resolved`, of those that are known to fire) and
/// that is to be told; or the time to repeat has come.
bool needs_telling(const NotificationLog::Entry* last, const Notification& now, bool send_resolved,
                   TimestampMs now_ms);

}  // namespace weir::notify
