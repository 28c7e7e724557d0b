#pragma once

#include <string>

#include "base/guarded.h"
#include "meta/postgres/revisions.h"
#include "os/threads.h"
#include "pg/connection.h"

namespace weir::meta::postgres {

struct RevisionWatchOptions {
  pg::ConnectionOptions connection;
  std::string session_sql;  ///< Run on each new connection.
  std::string channel;      ///< LISTENed to.
};

/// Keeps revisions current: a thread with a connection of its own that waits for announcements, reads all
/// revisions twice a second in case one got lost, and connects again when the connection is. `revisions` and
/// `clock` outlive it.
class RevisionWatch {
 public:
  RevisionWatch(const RevisionWatchOptions& options, Revisions& revisions, os::Clock& clock);
  ~RevisionWatch();

 private:
  void run(std::stop_token stop);
  void tell(const Status& status);
  Status follow(std::stop_token stop);
  Status follow_on(pg::Connection& connection, std::stop_token stop);

  const RevisionWatchOptions options_;
  Revisions& revisions_;
  os::Clock& clock_;
  Guarded<pg::Connection*> waiting_;  ///< Null while there is none.
  bool is_lost_ = false;              ///< Of the thread.
  os::Thread thread_;
};

}  // namespace weir::meta::postgres
