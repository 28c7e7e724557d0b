#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "meta/sqlite/sqlite_meta_store.h"
#include "os/sim/temp_directory.h"
#include "rules/evaluation/evaluation_testing.h"
#include "rules/ruler/ruler.h"

namespace weir::rules {

inline RuleGroup group_of(const std::string& text) {
  return groups_of("groups:\n- " + text).at(0);
}

/// A catalogue, a watermark that follows the clock, and what is written and announced.
class World {
 public:
  explicit World(os::Clock& clock) : clock_(clock) {
    watermark_ms = [this]() -> std::optional<TimestampMs> { return clock_.wall_ms(); };
  }

  RulerParts parts() {
    RulerParts parts{clock_, registry, *meta, {}, {}, {}, {}};
    parts.watermark_ms = [this](TenantId) { return watermark_ms(); };
    parts.query = [this](TenantId, const std::string& expr,
                         TimestampMs at_ms) -> Result<std::vector<RuleSample>> {
      std::lock_guard lock(mutex);
      asked.push_back(at_ms);
      if (expr == "bad") return invalid_argument("bad query");
      return up ? std::vector<RuleSample>{sample({{"i", "a"}}, 1)} : std::vector<RuleSample>();
    };
    parts.write = [this](TenantId, const Batch& samples) -> Status {
      std::lock_guard lock(mutex);
      if (refuse) return unavailable("the log is away");
      for (std::string& line : lines_of(samples)) written.push_back(std::move(line));
      return {};
    };
    parts.announce = [this](TenantId, const std::vector<AnnouncedAlert>& alerts) {
      std::lock_guard lock(mutex);
      announced.push_back(alerts);
    };
    return parts;
  }

  os::Clock& clock_;
  os::sim::TempDirectory directory;
  std::unique_ptr<meta::MetaStore> meta = meta::sqlite::open(directory.path() + "/meta.db", clock_).value();
  telemetry::Registry registry;
  std::mutex mutex;
  std::function<std::optional<TimestampMs>()> watermark_ms;
  bool up = true;
  bool refuse = false;
  std::vector<TimestampMs> asked;
  std::vector<std::string> written;
  std::vector<std::vector<AnnouncedAlert>> announced;
};

}  // namespace weir::rules
