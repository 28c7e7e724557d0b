#pragma once

#include <memory>
#include <string>

#include "meta/meta_store.h"

namespace weir::meta::sqlite {

/// Opens or creates the catalogue file (`:memory:` for tests). WAL mode, synchronous=FULL.
/// Errors: kIo, kCorruption, kUnsupported (written by a newer version; the message names both).
Result<std::unique_ptr<MetaStore>> open(const std::string& path, os::Clock& clock);

}  // namespace weir::meta::sqlite
