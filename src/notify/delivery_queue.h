#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "notify/notification.h"
#include "notify/sender.h"
#include "os/clock.h"
#include "os/random.h"

namespace weir::notify {

struct DeliveryQueueOptions {
  size_t lane_max = 1'000;               ///< Notifications of one tenant that wait for one integration.
  os::milliseconds backoff_min{1'000};   ///< Before the second attempt; doubles with each ...
  os::milliseconds backoff_max{60'000};  ///< ... up to here.
  double jitter = 0.2;                   ///< Of that time, to either side.
};

/// An integration of a receiver: what is told to it goes one after the other.
struct Lane {
  std::string receiver;
  std::string integration;

  auto operator<=>(const Lane&) const = default;
};

/// Which notification is to be sent next, and when again if that fails. A pure state machine. Owned by one
/// thread.
class DeliveryQueue {
 public:
  struct Work {
    Lane lane;
    Notification notification;
    uint32_t attempt = 1;  ///< 1 is the first.
    os::SteadyTime give_up_at;
  };
  enum class End { kDelivered, kFailed, kAgain, kSuperseded };

  DeliveryQueue(DeliveryQueueOptions options, uint64_t seed) : options_(options), random_(seed) {}

  /// Takes the place of one that waits for the same target. It is tried until `give_up_at`, at least once.
  /// False when the tenant has as many in the lane as it may; the notification is then left as it is.
  bool push(Notification&& notification, os::SteadyTime now, os::SteadyTime give_up_at);
  /// The next one whose time has come, of the lanes in turn. Its lane is busy until `finish`.
  std::optional<Work> take(os::SteadyTime now);
  /// What came of it. kAgain: it waits for another attempt. kSuperseded: it failed, and a later one for the
  /// same target is there.
  End finish(const Work& work, const SendOutcome& outcome, os::SteadyTime now);
  /// When `take` has something, if nothing else happens. Absent: not before `push` or `finish`.
  std::optional<os::SteadyTime> next_at() const;
  size_t size() const;

 private:
  struct Job {
    Notification notification;
    uint32_t attempt = 1;
    os::SteadyTime at;
    os::SteadyTime give_up_at;
  };
  struct LaneState {
    std::list<Job> jobs;
    bool busy = false;
    os::SteadyTime not_before;  ///< The server has asked for a pause.
  };
  using Lanes = std::map<Lane, LaneState>;

  static std::list<Job>::iterator ready_job(LaneState& lane, os::SteadyTime now);
  os::milliseconds pause_after(uint32_t attempt);
  void drop_if_idle(Lanes::iterator lane);

  const DeliveryQueueOptions options_;
  os::Random random_;
  Lanes lanes_;  // those with jobs, and busy ones
  Lane last_;    // that `take` took from
};

}  // namespace weir::notify
