#pragma once

#include <string>

#include "base/result.h"
#include "os/clock.h"

namespace weir::meta::sqlite {

/// Copies the catalogue file `from`, which may be open and written to meanwhile, as it is at one moment to
/// `to`, which must not be there. Tenants and documents keep their numbers. The copy is one file without a
/// write-ahead log, and durable when the caller has synced it and its directory.
/// Errors: kDeadlineExceeded (what is at `to` is then worthless), kIo, kCorruption.
Status copy_catalogue(const std::string& from, const std::string& to, Deadline deadline, os::Clock& clock);

}  // namespace weir::meta::sqlite
