#pragma once

#include <string_view>

#include "base/result.h"

namespace weir::redis {

/// The Error for an error reply such as "OOM command not allowed". Its message holds no arguments of the
/// command, although Redis repeats them for a command that it does not know.
Error to_error(std::string_view reply);

/// For AUTH: only the reply's first word is kept, because the rest may repeat the password.
Error to_auth_error(std::string_view reply);

}  // namespace weir::redis
