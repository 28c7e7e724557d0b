#pragma once

#include "base/result.h"
#include "meta/sqlite/connection.h"

namespace weir::meta::sqlite {

/// Brings the catalogue's tables to the newest version, in one transaction; a current or new file is the
/// cheap case. Several processes may do so at once. Errors: kUnsupported (written by a newer Weir),
/// kCorruption (another program's database), those of Connection.
Status migrate(Connection& connection);

}  // namespace weir::meta::sqlite
