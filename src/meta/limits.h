#pragma once

#include <string_view>

#include "base/result.h"
#include "os/clock.h"

/// The rules of meta_store.h on arguments, checked once for all implementations.
namespace weir::meta {

inline constexpr size_t kKeyBytesMax = 200;
inline constexpr size_t kBodyBytesMax = 1u << 20;
inline constexpr os::milliseconds kLeaseTtlMax{24 * 60 * 60 * 1'000};

/// 1 to 200 bytes of [a-z0-9_./-]; `what` ("document key") begins the message.
Status validate_key(std::string_view what, std::string_view key);

/// Kind and key of a document.
Status validate_document(std::string_view kind, std::string_view key);

Status validate_body(std::string_view body);

struct LeaseRequest {
  std::string_view name;
  std::string_view holder;
  os::milliseconds ttl;
};
Status validate_lease(const LeaseRequest& request);

}  // namespace weir::meta
