#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

#include "net/outbound_guard.h"

// What the clients that stand on libcurl have in common. Only the sources of those include this.
namespace weir::net {

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using EasyHandle = std::unique_ptr<CURL, EasyDeleter>;
using LineList = std::unique_ptr<curl_slist, ListDeleter>;

/// A handle. Starts libcurl with the first one of the process.
EasyHandle new_easy();

void append_line(LineList& list, const std::string& line);

/// The guard of one transfer: must outlive it.
struct GuardedTransfer {
  const OutboundGuard& guard;
  bool trusted = false;      ///< The host was allowed by name.
  std::string refusal = {};  ///< Why an address was refused, if one was.
};

/// Has each connection of the handle's next transfer checked, keeps it from using connections of others or
/// leaving its own to them, and from going through a proxy.
void apply_guard(CURL* handle, GuardedTransfer& transfer);

}  // namespace weir::net
