#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "base/time.h"
#include "model/matcher.h"
#include "model/tenant_id.h"

namespace weir::notify {

/// Keeps alerts that all its matchers match from being told, in [starts_at_ms, ends_at_ms).
struct Silence {
  std::string id;
  std::vector<Matcher> matchers;
  TimestampMs starts_at_ms = 0;
  TimestampMs ends_at_ms = 0;
  TimestampMs updated_at_ms = 0;
  std::string created_by;
  std::string comment;
  uint64_t version = 0;  ///< Of its document in the catalogue; 0: it has none.

  /// "pending", "active" or "expired".
  std::string_view state(TimestampMs now_ms) const;
  bool silences(LabelsView labels, TimestampMs now_ms) const;
  /// Whether all of `filter` match its own matchers, read as labels: names with values, patterns as they are
  /// written. How Alertmanager's `filter` chooses silences.
  bool meets(std::span<const Matcher> filter) const;
};

/// The silences of all tenants, in memory; KeptSilences makes them last. Safe from any thread.
class Silences {
 public:
  static constexpr size_t kPerTenantMax = 10'000;
  static constexpr int64_t kKeptMs = 5 * 24 * kHourMs;  ///< After their end, so that people can look at them.
  static constexpr size_t kMatchersMax = 100;           ///< Of one silence.
  static constexpr size_t kNameBytesMax = 1'024;        ///< Of a matcher's label.
  static constexpr size_t kTextBytesMax = 4'096;        ///< Of a matcher's value, the comment, the creator.

  /// What a change comes to.
  struct Change {
    std::string id;                 ///< Of the silence that was asked for.
    std::vector<Silence> silences;  ///< Those that it makes or changes, in the order to keep them in.
  };

  /// Adds a silence, or changes the one with its id. Where Alertmanager does not change one (it is over, its
  /// matchers are others, it has begun and is to begin at another second, or would begin before now), a new
  /// one is made, and the old one ends. Returns the id. Errors: kInvalidArgument (no matcher, or only such as
  /// match alerts without the label; an end before the start or now; what is beyond a limit), kNotFound (no
  /// such id), kResourceExhausted.
  Result<std::string> set(TenantId tenant, Silence silence, TimestampMs now_ms);
  /// Ends it now. kNotFound; kFailedPrecondition when it is over already.
  Status expire(TenantId tenant, std::string_view id, TimestampMs now_ms);
  /// What `set` would do, for one who keeps it first and then gives it to `restore`.
  Result<Change> plan_set(TenantId tenant, Silence silence, TimestampMs now_ms) const;
  /// What `expire` would do.
  Result<Change> plan_expire(TenantId tenant, std::string_view id, TimestampMs now_ms) const;
  bool is_silenced(TenantId tenant, LabelsView labels, TimestampMs now_ms) const;
  /// Those that are in force, then pending and expired ones, each by their end.
  std::vector<Silence> list(TenantId tenant, TimestampMs now_ms) const;
  /// kNotFound.
  Result<Silence> get(TenantId tenant, std::string_view id) const;
  /// Takes in silences of another life of the process, or of another process; of two with one id the one with
  /// the higher version stays. Those that are over for longer than `kKeptMs` are forgotten.
  void restore(TenantId tenant, std::vector<Silence> silences, TimestampMs now_ms);

 private:
  using ById = std::map<std::string, Silence, std::less<>>;
  Guarded<std::map<TenantId, ById>> tenants_;
};

}  // namespace weir::notify
