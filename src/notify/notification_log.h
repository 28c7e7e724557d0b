#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "notify/notification.h"

namespace weir::notify {

/// What was told last, to whom and when, so that nobody is told the same twice, also after a restart. Owned
/// by one thread.
class NotificationLog {
 public:
  struct Entry {
    std::vector<uint64_t> firing;  ///< Fingerprints of what was said to fire, sorted.
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

  /// A tenant's entries as bytes (docs/formats/notification-log.md).
  std::string encode(TenantId tenant) const;
  /// Takes the place of all entries of a tenant. kCorruption for bytes that `encode` did not make,
  /// kUnsupported for those of a later version; the log is then as it was.
  Status decode(TenantId tenant, std::string_view bytes);

 private:
  using Entries = std::map<Target, Entry>;  // a tenant's stand together
  static Result<Entries> read(TenantId tenant, std::string_view bytes);
  Entries entries_;
};

/// Whether a group in this state has to be told, given what was told last (null: nothing): more alerts fire
/// than were told; or none does any more; or some have ended (`resolved`, of those that are known to fire)
/// and that is to be told; or the time to repeat has come. `firing` and `resolved` are sorted.
bool needs_telling(const NotificationLog::Entry* last, const std::vector<uint64_t>& firing,
                   const std::vector<uint64_t>& resolved, bool send_resolved, int64_t repeat_interval_ms,
                   TimestampMs now_ms);

}  // namespace weir::notify
