#pragma once

#include <map>
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

  /// "pending", "active" or "expired".
  std::string_view state(TimestampMs now_ms) const;
  bool silences(LabelsView labels, TimestampMs now_ms) const;
};

/// The silences of all tenants. Safe from any thread.
class Silences {
 public:
  static constexpr size_t kPerTenantMax = 10'000;
  static constexpr int64_t kKeptMs = 5 * 24 * kHourMs;  ///< After their end, so that people can look at them.

  /// Adds a silence, or changes the one with its id; of one that is over, or whose matchers change, a new one
  /// is made, and the old one ends. Returns the id. Errors: kInvalidArgument (no matcher, or only such as
  /// match alerts without the label; an end before the start or now), kNotFound (no such id),
  /// kResourceExhausted.
  Result<std::string> set(TenantId tenant, Silence silence, TimestampMs now_ms);
  /// Ends it now. kNotFound; kFailedPrecondition when it is over already.
  Status expire(TenantId tenant, std::string_view id, TimestampMs now_ms);
  bool is_silenced(TenantId tenant, LabelsView labels, TimestampMs now_ms) const;
  /// Those that are in force, then pending and expired ones, each by their end.
  std::vector<Silence> list(TenantId tenant, TimestampMs now_ms) const;
  /// kNotFound.
  Result<Silence> get(TenantId tenant, std::string_view id) const;
  /// Puts back what `list` gave in another life of the process.
  void restore(TenantId tenant, std::vector<Silence> silences);

 private:
  using ById = std::map<std::string, Silence, std::less<>>;
  Guarded<std::map<TenantId, ById>> tenants_;
};

}  // namespace weir::notify
