#include "meta/postgres/revision_watch.h"

#include <optional>

#include <fmt/format.h>

#include "telemetry/logger.h"

namespace weir::meta::postgres {
namespace {

constexpr os::milliseconds kPoll{500};
constexpr os::milliseconds kRetry{250};
constexpr os::milliseconds kCall{1'000};

}  // namespace

RevisionWatch::RevisionWatch(const RevisionWatchOptions& options, Revisions& revisions, os::Clock& clock)
    : options_(options),
      revisions_(revisions),
      clock_(clock),
      thread_("meta-watch", [this](std::stop_token stop) { run(stop); }) {}

RevisionWatch::~RevisionWatch() {
  thread_.request_stop();
  waiting_.with([](pg::Connection* connection) {
    if (connection != nullptr) connection->wake();
  });
  thread_.join();
}

void RevisionWatch::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const Status status = follow(stop);
    if (stop.stop_requested()) return;
    tell(status);
    clock_.sleep_until(clock_.steady() + kRetry, stop);
  }
}

// One line when the connection is lost and one when it is there again, however often we try in between.
void RevisionWatch::tell(const Status& status) {
  if (status.ok() != is_lost_) return;
  is_lost_ = !status.ok();
  if (is_lost_) {
    telemetry::log_warn("meta", "the catalogue's announcements are interrupted",
                        {{"error", status.error().message}});
  } else {
    telemetry::log_info("meta", "the catalogue's announcements are back");
  }
}

Status RevisionWatch::follow(std::stop_token stop) {
  const Deadline deadline = Deadline::after(clock_, kCall);
  ASSIGN_OR_RETURN(const auto connection, pg::Connection::open(options_.connection, clock_, deadline));
  RETURN_IF_ERROR(connection->run(options_.session_sql, deadline));
  RETURN_IF_ERROR(connection->run(fmt::format("LISTEN \"{}\"", options_.channel), deadline));
  waiting_.with([&](pg::Connection*& waiting) { waiting = connection.get(); });
  const Status status = follow_on(*connection, stop);
  waiting_.with([](pg::Connection*& waiting) { waiting = nullptr; });
  return status;
}

// What was announced before LISTEN is in what is read after it.
Status RevisionWatch::follow_on(pg::Connection& connection, std::stop_token stop) {
  while (!stop.stop_requested()) {
    RETURN_IF_ERROR(refresh(connection, revisions_, clock_, Deadline::after(clock_, kCall)));
    tell({});
    const Deadline next_poll = Deadline::after(clock_, kPoll);
    while (!stop.stop_requested() && !next_poll.passed(clock_)) {
      ASSIGN_OR_RETURN(const auto notification, connection.wait_notification(next_poll));
      if (notification) learn_from(notification->payload, revisions_);
    }
  }
  return cancelled("stopping");
}

}  // namespace weir::meta::postgres
