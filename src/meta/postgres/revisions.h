#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "os/clock.h"
#include "pg/connection.h"

namespace weir::meta::postgres {

/// The revisions of all kinds as this process knows them. They never go back, whatever comes in which order.
/// Safe from any thread.
class Revisions {
 public:
  /// How old what we know may be.
  static constexpr os::milliseconds kAgeMax{2'000};

  /// A kind has reached a revision, at least.
  void learn(std::string_view kind, uint64_t revision);
  /// Everything that was learnt by now is what the server had at `asked` or later.
  void refreshed(os::SteadyTime asked);

  /// 0 for a kind that never changed.
  uint64_t known(std::string_view kind) const;
  bool is_fresh(os::SteadyTime now) const;

 private:
  struct State {
    std::map<std::string, uint64_t, std::less<>> by_kind;
    os::SteadyTime refreshed = os::SteadyTime::min();
  };
  Guarded<State> state_;
};

/// Reads all revisions from the server into `revisions`.
Status refresh(pg::Connection& connection, Revisions& revisions, const os::Clock& clock, Deadline deadline);

/// Of one kind, from the server; 0 for one that never changed.
Result<uint64_t> select_revision(pg::Connection& connection, std::string_view kind, Deadline deadline);

/// Tells all processes when the transaction commits.
Status announce(pg::Connection& connection, std::string_view channel, std::string_view kind,
                uint64_t revision, Deadline deadline);

/// Learns from what `announce` sent; anything else is ignored, since everybody may NOTIFY.
void learn_from(std::string_view payload, Revisions& revisions);

}  // namespace weir::meta::postgres
