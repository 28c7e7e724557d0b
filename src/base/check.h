#pragma once

#include <string_view>

namespace weir {

/// Prints where and what was believed to standard error, then aborts. For programmer errors only: input never
/// gets here.
[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string_view message);

}  // namespace weir

/// Stops the process when `condition` is false. On in every build: a stop is better than a wrong number.
#define CHECK(condition, message) \
  (static_cast<bool>(condition) ? void(0) : ::weir::check_failed(__FILE__, __LINE__, #condition, (message)))

/// CHECK for hot loops: off in release builds.
#ifdef NDEBUG
#define DCHECK(condition, message) (true ? void(0) : CHECK(condition, message))
#else
#define DCHECK(condition, message) CHECK(condition, message)
#endif
