#pragma once

#include <absl/functional/any_invocable.h>

#include "base/result.h"

namespace weir {

/// A function that is called exactly once with the outcome of an asynchronous operation. It may be move-only,
/// may run on any thread of the callee (or inside the call itself), and must be short and never block.
template <typename T>
using Completion = absl::AnyInvocable<void(Result<T>)>;

/// A move-only unit of work.
using Task = absl::AnyInvocable<void()>;

}  // namespace weir
