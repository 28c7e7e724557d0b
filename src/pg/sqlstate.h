#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::pg {

/// What a SQLSTATE of five characters means to us; the table stands at `Connection`.
Code code_of_sqlstate(std::string_view sqlstate);

/// `message (SQLSTATE 23505)` under the code of that state.
Error error_of_sqlstate(std::string_view sqlstate, std::string_view message);

/// Finds the state and the message in libpq's verbose text of a refused connection
/// (`... FATAL:  28P01: password authentication failed ...`), which carries them in no other way. Without a
/// state, nobody answered: kUnavailable.
Error error_of_refusal(std::string_view text);

}  // namespace weir::pg
