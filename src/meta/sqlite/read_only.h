#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "meta/meta_store.h"

/// A look at the catalogue's file by a program that is not the server, and changes nothing.
namespace weir::meta::sqlite {

/// What SQLite's own check of every page and index complains of, a line each; empty for a good file. Errors:
/// kIo, kCorruption (no database any more).
Result<std::vector<std::string>> find_faults(const std::string& path);

/// All tenants by number. Errors as `find_faults`.
Result<std::vector<Tenant>> read_tenants(const std::string& path);

}  // namespace weir::meta::sqlite
