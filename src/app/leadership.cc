#include "app/leadership.h"

#include <utility>

#include <fmt/format.h>

#include "os/host.h"
#include "telemetry/logger.h"

namespace weir::app {
namespace {

constexpr os::milliseconds kLeaseTime{8'000};
constexpr os::milliseconds kTimeout{5'000};

/// The same in a process that takes the place of one that has crashed, so that it need not wait for its
/// lease.
std::string holder_of(const config::Config& config) {
  return fmt::format("{} {}", os::uname_info().node, config.server.listen).substr(0, 200);
}

}  // namespace

Leadership::Leadership(const config::Config& config, std::string name, meta::MetaStore& meta,
                       os::Clock& clock)
    : name_(std::move(name)),
      holder_(holder_of(config)),
      is_shared_(config.catalogue.engine != config::CatalogueEngine::kSqlite),
      meta_(meta),
      clock_(clock) {}

Leadership::~Leadership() {
  if (!is_shared_) return;
  const Status given_up = meta_.release_lease(name_, holder_, Deadline::after(clock_, kTimeout));
  if (!given_up.ok())
    telemetry::log_warn("app", "another process has to wait for a lease",
                        {{"lease", name_}, {"error", given_up.error().message}});
}

bool Leadership::holds() {
  if (!is_shared_) return true;
  const os::SteadyTime now = clock_.steady();
  const auto lease = meta_.acquire_lease(name_, holder_, kLeaseTime, Deadline::after(clock_, kTimeout));
  if (lease.ok()) until_ = now + kLeaseTime;
  const bool is_anothers = !lease.ok() && lease.error().code == Code::kAlreadyExists;
  return !is_anothers && clock_.steady() < until_;
}

}  // namespace weir::app
