#pragma once

#include <string>

#include "gateway/services.h"

namespace weir::gateway {

/// The body of GET /api/v2/status (docs/formats/status.md): every section is there, and says by `present`
/// whether this process has that part. A store that cannot tell its state says why in `error`. May wait for
/// the store.
std::string status_json(const Services& services);

}  // namespace weir::gateway
