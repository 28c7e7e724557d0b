#include "meta/sqlite/copy.h"

#include "meta/sqlite/connection.h"

namespace weir::meta::sqlite {

// A connection of its own: it reads a write-ahead log's view of the file, and writers go on meanwhile.
Status copy_catalogue(const std::string& from, const std::string& to, Deadline deadline, os::Clock& clock) {
  const std::string context = "catalogue " + from;
  if (deadline.passed(clock)) return deadline_exceeded(context + ": no time left to copy it");
  ASSIGN_OR_RETURN(const auto connection, Connection::open(from).context(context));
  connection->set_busy_wait(deadline.left(clock));
  connection->stop_when([&] { return deadline.passed(clock); });
  ASSIGN_OR_RETURN(Query copy, connection->query("VACUUM INTO ?1").context(context));
  return copy.bind_text(to).run().context(context);
}

}  // namespace weir::meta::sqlite
