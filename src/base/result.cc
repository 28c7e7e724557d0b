#include "base/result.h"

namespace weir {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return "invalid_argument";
    case Code::kUnauthenticated:
      return "unauthenticated";
    case Code::kPermissionDenied:
      return "permission_denied";
    case Code::kNotFound:
      return "not_found";
    case Code::kAlreadyExists:
      return "already_exists";
    case Code::kFailedPrecondition:
      return "failed_precondition";
    case Code::kTooOld:
      return "too_old";
    case Code::kResourceExhausted:
      return "resource_exhausted";
    case Code::kDeadlineExceeded:
      return "deadline_exceeded";
    case Code::kCancelled:
      return "cancelled";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kCorruption:
      return "corruption";
    case Code::kIo:
      return "io";
    case Code::kInternal:
      return "internal";
  }
  return "internal";
}

Error Error::context(std::string_view what) && {
  message = std::string(what) + ": " + message;
  return std::move(*this);
}

bool Error::retryable() const {
  return code == Code::kResourceExhausted || code == Code::kDeadlineExceeded || code == Code::kUnavailable;
}

Error invalid_argument(std::string message) {
  return {Code::kInvalidArgument, std::move(message)};
}
Error unauthenticated(std::string message) {
  return {Code::kUnauthenticated, std::move(message)};
}
Error permission_denied(std::string message) {
  return {Code::kPermissionDenied, std::move(message)};
}
Error not_found(std::string message) {
  return {Code::kNotFound, std::move(message)};
}
Error already_exists(std::string message) {
  return {Code::kAlreadyExists, std::move(message)};
}
Error failed_precondition(std::string message) {
  return {Code::kFailedPrecondition, std::move(message)};
}
Error too_old(std::string message) {
  return {Code::kTooOld, std::move(message)};
}
Error resource_exhausted(std::string message) {
  return {Code::kResourceExhausted, std::move(message)};
}
Error deadline_exceeded(std::string message) {
  return {Code::kDeadlineExceeded, std::move(message)};
}
Error cancelled(std::string message) {
  return {Code::kCancelled, std::move(message)};
}
Error unavailable(std::string message) {
  return {Code::kUnavailable, std::move(message)};
}
Error unsupported(std::string message) {
  return {Code::kUnsupported, std::move(message)};
}
Error corruption(std::string message) {
  return {Code::kCorruption, std::move(message)};
}
Error io_error(std::string message) {
  return {Code::kIo, std::move(message)};
}
Error internal(std::string message) {
  return {Code::kInternal, std::move(message)};
}

}  // namespace weir
