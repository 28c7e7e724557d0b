#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "os/random.h"
#include "os/sim/faulty_files.h"
#include "support/oracle/engine.h"
#include "support/oracle/reads.h"
#include "support/oracle/workload.h"

namespace weir::oracle {

inline const std::string kLogDirectory = "/data/log";
inline const std::string kStoreDirectory = "/data/store";

/// A fault of the program, to see whether the oracle sees it: something that stands between the engine and
/// the disk, or the seams. Each is empty where nothing is planted there.
struct Plant {
  std::function<std::unique_ptr<os::FileSystem>(os::FileSystem&)> files = {};
  Seams seams = {};
};

/// Drives an engine on a simulated disk by random operations from a seed, beside a model that does the same
/// in a map: writes, reads, deletions, maintenance, retention, snapshots, restarts, power losses, faults of
/// the disk, a full disk, and at the end decay. Whatever happened, the two must agree. docs/testing.md has
/// the rules.
class Oracle {
 public:
  explicit Oracle(uint64_t seed, Plant plant = {});

  /// The first disagreement, with the seed, the step and the operation; nullopt when there is none. Once.
  std::optional<std::string> run(int steps);
  /// What was done, one line a step.
  const std::string& story() const { return story_; }

 private:
  using Wrong = std::optional<std::string>;

  static Engine::Options draw_options(os::Random& random);
  Wrong operate();
  Wrong write();
  Wrong look();
  Wrong look_at_labels();
  Wrong look_at_all();
  Wrong compact();
  Wrong pass_time();
  Wrong trim();
  Wrong erase();
  Wrong snapshot();
  Wrong check_snapshot(const std::string& directory, bool skip_head);
  Wrong restart(bool power_loss);
  Wrong die_at_some_call();
  Wrong disturb();
  Wrong heal();
  Wrong open();
  Wrong open_once(bool& opened);
  Wrong catch_up();
  Wrong settle();
  Wrong finish();
  Wrong decay();
  Wrong decay_of_manifest(const std::string& path, uint64_t offset);
  Wrong check_decayed();
  void note_points_of(const std::string& block_path);
  std::vector<std::string> data_files();
  Wrong check_read(TenantId tenant, std::span<const Matcher> matchers, const TimeRange& range);
  Wrong check_reduction(TenantId tenant, std::span<const Matcher> matchers);
  Wrong check_filter(TenantId tenant, std::span<const Matcher> matchers);
  Wrong check_fingerprint(TenantId tenant, uint64_t before, const Contents& contents);
  Wrong tolerate(std::string_view what, const Error& error);
  TimestampMs oldest_ms() const;
  uint64_t below(uint64_t bound) { return random_.below(bound); }
  void tell(const std::string& what) { story_ += "  " + what + "\n"; }

  const uint64_t seed_;
  os::Random random_;
  os::sim::FaultyFiles disk_;
  SteppedClock clock_;
  const Plant plant_;
  const std::unique_ptr<os::FileSystem> planted_files_;
  Engine engine_;
  Workload workload_;
  Model model_;
  std::string story_;

  bool disturbed_ = false;  ///< A fault may be met, or the disk is full: errors are expected.
  bool caught_up_ = false;  ///< Reads show all that was acknowledged.
  bool settled_ = true;     ///< Nothing of a former life is unknown any more.
  int snapshots_ = 0;
  bool decayed_ = false;  ///< Bits have flipped.
  Damage damage_;
  bool damage_told_ = false;

  struct Seen {
    uint64_t fingerprint;
    Contents contents;
  };
  std::map<TenantId, Seen> seen_;  ///< In this life.
};

}  // namespace weir::oracle
