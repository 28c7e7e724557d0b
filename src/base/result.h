#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.h"

namespace weir {

/// The closed set of ways in which an operation fails. `gateway/` maps them to HTTP, once, in one table.
enum class Code {
  kInvalidArgument,     ///< The caller sent something that can never work.
  kUnauthenticated,     ///< No credential, or one that does not verify.
  kPermissionDenied,    ///< A valid credential without the right.
  kNotFound,            ///< The named thing does not exist (or belongs to another tenant).
  kAlreadyExists,       ///< Created by somebody else, or a version that no longer matches.
  kFailedPrecondition,  ///< Well formed, but the data at hand does not allow it.
  kTooOld,              ///< A sample or fencing epoch behind what is accepted.
  kResourceExhausted,   ///< A limit or a full queue; the message names it.
  kDeadlineExceeded,    ///< Time ran out; the outcome is unknown.
  kCancelled,           ///< The caller went away, or the process is stopping.
  kUnavailable,         ///< A dependency is down; the same call may work later.
  kUnsupported,         ///< Well formed, but not something this build or engine does.
  kCorruption,          ///< Stored bytes fail their checksum or format.
  kIo,                  ///< The operating system refused a read, write or sync.
  kInternal,            ///< A defect of ours.
};

/// `kInvalidArgument` as "invalid_argument": stable, used in answers, logs and metric labels.
std::string_view code_name(Code code);

/// Why an operation failed: a code for programs and one sentence for people, which names the thing and the
/// bound.
struct Error {
  Code code = Code::kInternal;
  std::string message;

  /// "what: message", to say what was being done while it failed.
  Error context(std::string_view what) &&;

  /// True when the same call can succeed later without a change by the caller.
  bool retryable() const;

  bool operator==(const Error&) const = default;
};

/// A value or an Error. Access to the one that is not there is a programmer error and stops the process.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: converts by intent
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: converts by intent

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    CHECK(ok(), error().message);
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    CHECK(ok(), error().message);
    return *std::get_if<0>(&state_);
  }
  /// By value, so that `for (auto& x : f().value())` keeps what it walks over.
  T value() && {
    CHECK(ok(), error().message);
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    const Error* error = std::get_if<1>(&state_);
    CHECK(error != nullptr, "error() of a result that holds a value");
    return *error;
  }
  Error&& error() && {
    Error* error = std::get_if<1>(&state_);
    CHECK(error != nullptr, "error() of a result that holds a value");
    return std::move(*error);
  }

  /// This result, with `what: ` before the message if it is an error.
  Result context(std::string_view what) && {
    if (ok()) return std::move(*this);
    return std::move(*std::get_if<1>(&state_)).context(what);
  }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: converts by intent

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const { CHECK(ok(), error_->message); }
  const Error& error() const& {
    CHECK(!ok(), "error() of a success");
    return *error_;
  }
  Error&& error() && {
    CHECK(!ok(), "error() of a success");
    return std::move(*error_);
  }
  Result context(std::string_view what) && {
    if (ok()) return {};
    return std::move(*error_).context(what);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

inline Status ok_status() {
  return {};
}

// One function a code, so that a failure reads `return invalid_argument(fmt::format("labels: {} names, limit
// {}", n, max));`
Error invalid_argument(std::string message);
Error unauthenticated(std::string message);
Error permission_denied(std::string message);
Error not_found(std::string message);
Error already_exists(std::string message);
Error failed_precondition(std::string message);
Error too_old(std::string message);
Error resource_exhausted(std::string message);
Error deadline_exceeded(std::string message);
Error cancelled(std::string message);
Error unavailable(std::string message);
Error unsupported(std::string message);
Error corruption(std::string message);
Error io_error(std::string message);
Error internal(std::string message);

#define WEIR_CONCAT_INNER(a, b) a##b
#define WEIR_CONCAT(a, b) WEIR_CONCAT_INNER(a, b)

/// Returns the error of `expression` (a Result of any type) to the caller, if it is one.
#define RETURN_IF_ERROR(expression) RETURN_IF_ERROR_INNER(WEIR_CONCAT(weir_status_, __LINE__), expression)
#define RETURN_IF_ERROR_INNER(status, expression)                                           \
  do {                                                                                      \
    auto&& status = (expression);                                                           \
    if (!status.ok()) return ::weir::Error(std::forward<decltype(status)>(status).error()); \
  } while (false)

/// `ASSIGN_OR_RETURN(auto x, f());`: the value of `f()`, or its error to the caller.
#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_INNER(WEIR_CONCAT(weir_result_, __LINE__), target, expression)
#define ASSIGN_OR_RETURN_INNER(temporary, target, expression) \
  auto temporary = (expression);                              \
  if (!temporary.ok()) return std::move(temporary).error();   \
  target = std::move(temporary).value()

}  // namespace weir
